export { type Attempt, formerAttempts, HISTORY_MAX_LENGTH, historyOf, historyText, resultHeaders } from './attempts.ts';
export { type Backoff, backoffMs, INFRASTRUCTURE_BACKOFF } from './backoff.ts';
export { DEAD_LETTER_MESSAGE_MAX_LENGTH, type DeadLetterInput, deadLetter, fittingDeadLetter } from './dead-letter.ts';
export { type RecordFailure, type RecordVerdict, recordFailure, recordVerdict } from './failures.ts';
export { createGate, type Gate } from './gate.ts';
export { workerGroups } from './groups.ts';
export {
  BATCH_HEADER,
  DEAD_LETTER_HEADERS,
  headerText,
  isBatchId,
  POLICY_HEADER,
  REPLAY_HEADERS,
  RETRY_HEADERS,
} from './headers.ts';
export { createLagAge, LAG_AGE_MAX_LOOKS, type LagAge } from './lag-age.ts';
export {
  EXTRACTION_LIMITS,
  PROJECTION_LIMITS,
  PUBLISH_LIMITS,
  REPLAY_LIMITS,
  recordMaxBytes,
  SEND_LIMITS,
  SETTLEMENT_LIMITS,
  sendLimitsOf,
  topicMaxBytes,
} from './limits.ts';
export {
  LOG_CHANGES,
  type LogChange,
  type LogFate,
  type LogLife,
  type LogNow,
  leaderEpoch,
  resumeIn,
  type StoredPosition,
  splitLife,
  withLife,
} from './log-life.ts';
export {
  committedOffset,
  lagOf,
  nextOffset,
  type Resumption,
  resumption,
  type TransactionFate,
  transactionFate,
} from './offsets.ts';
export { murmur2, partitionForKey } from './partitioner.ts';
export { type AskedPolicy, demandPolicy, isPolicyName, type KnownPolicies } from './policy-names.ts';
export { planSends, recordBytes, type TopicRecords } from './sends.ts';
export { planSubBatches, type Range, type SubBatchLimits } from './sub-batches.ts';
export { type Refusal, type RefusedRecord, refusedRecord, refuseTooLarge } from './too-large.ts';
export { createTurns, type Turns } from './turns.ts';
export type * from './types.ts';
export {
  CAREFUL_STEP,
  formatWorkMark,
  NO_SUSPICION,
  parseWorkMark,
  type Suspicion,
  suspicionAfter,
  suspicionBehind,
  type WorkMark,
} from './work-marks.ts';
