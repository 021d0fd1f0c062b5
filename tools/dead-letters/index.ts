export { type LetterId, type LetterReport, type LetterState, parseId, reportOf } from './letter.ts';
export { countsText, type ListReport, type ListRequest, type ListWatch, listDeadLetters, listHead, listRow } from './list-dead-letters.ts';
export type { MarkOutcome } from './marks.ts';
export { type PlanReport, planText } from './plan.ts';
export { deadLetterText, type FullLetterReport, type ReadRequest, readDeadLetter } from './read-dead-letter.ts';
export type { OriginFilter, Selection } from './selection.ts';
export {
  demandNoneDone,
  planSettlement,
  type SettleReport,
  type SettleRequest,
  settleDeadLetters,
  settleText,
} from './settle-dead-letters.ts';
export { kindsText } from './tally.ts';
