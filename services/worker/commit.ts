import { EpeeError } from '@epee/errors';
import type { PartitionTransactions } from '@epee/kafka';
import { backoffMs, INFRASTRUCTURE_BACKOFF, type Offset, transactionFate } from '@epee/stream';
import type { Logger } from '@epee/telemetry';
import { finishAlive, keepAlive, type Waiting } from './keep-alive.ts';
import { FENCED_LIMIT } from './limits.ts';
import type { Output } from './outputs.ts';
import type { Surroundings } from './types.ts';
import type { WorkerMetrics } from './worker-metrics.ts';

/** What committing needs. */
export interface CommitDeps {
  readonly transactions: PartitionTransactions;
  readonly waiting: Waiting;
  readonly surroundings: Surroundings;
  readonly metrics: WorkerMetrics;
  readonly log: Logger;
}

/** What one transaction would do: write the sends and move the committed offset from `from` to `next`, with a mark beside it. */
export interface Step {
  readonly sends: Output['sends'];
  readonly mark: string;
  readonly from: Offset | null;
  readonly next: Offset;
}

/** `committed`, or the offset at which the partition stands since somebody else moved it. */
export type Fate = 'committed' | { readonly overtakenAt: Offset };

const NEVER = new AbortController().signal;
const TOO_LARGE = /MESSAGE_TOO_LARGE|RECORD_LIST_TOO_LARGE/;

/**
 * Shuts out the partition's former owner and answers the committed offset; tries until it succeeds.
 * @throws what `heartbeat` throws, Abandoned
 */
export async function openTransactions({ transactions, waiting, surroundings, log }: CommitDeps): Promise<Offset | null> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await keepAlive(transactions.open(), waiting);
    } catch (error) {
      if (!(error instanceof EpeeError && error.retriable)) throw error;
      const ms = backoffMs(attempt, INFRASTRUCTURE_BACKOFF, surroundings.random);
      log.warn('Cannot take over a partition; trying again', { attempts: attempt, retryInMs: ms }, error);
      await keepAlive(surroundings.sleep(ms), waiting);
    }
  }
}

/**
 * Commits one sub-batch. After an error nobody knows whether it was committed: the producer is replaced, the committed offset read, and the transaction counted as done,
 * done again, or dropped because the partition moved on elsewhere.
 * @param onCommitted called once the transaction is known to be committed, also where a failed heartbeat is thrown afterwards
 * @throws EpeeError KAFKA_FENCED, CONFIG_INVALID (a topic takes too little); what `heartbeat` throws; Abandoned
 */
export async function commitSubBatch({ sends, mark, from, next }: Step, deps: CommitDeps, onCommitted: () => void): Promise<Fate> {
  const { transactions, waiting, metrics, log, surroundings } = deps;
  const begunMs = surroundings.monotonicMs();
  let fenced = 0;
  const succeeded = () => {
    metrics.transaction('committed');
    metrics.stage('commit', (surroundings.monotonicMs() - begunMs) / 1000);
    onCommitted();
  };
  for (;;) {
    try {
      await finishAlive(transactions.commit(sends, next, mark), { ...waiting, abandon: NEVER }, succeeded);
      return 'committed';
    } catch (error) {
      if (!(error instanceof EpeeError)) throw error;
      refuseTooLarge(error);
      fenced = error.code === 'KAFKA_FENCED' ? fenced + 1 : 0;
      metrics.transaction(fenced > 0 ? 'fenced' : 'unknown');
      // Somebody else may own the partition by now; a heartbeat tells, before the new owner is shut out.
      await waiting.heartbeat();
      if (fenced >= FENCED_LIMIT) throw error;
      log.warn('The outcome of a transaction is unknown; looking at the committed offset', { attempts: fenced }, error);
    }
    const committed = await openTransactions(deps);
    const fate = transactionFate(committed, { from, to: next });
    // A step that only leaves its mark does not move the offset.
    if (fate === 'committed' && (from !== next || transactions.metadata() === mark)) {
      succeeded();
      return fate;
    }
    if (fate === 'overtaken') return { overtakenAt: committed! };
  }
}

function refuseTooLarge(error: EpeeError): void {
  const { reason } = error.details;
  if (typeof reason !== 'string' || !TOO_LARGE.test(reason)) return;
  throw new EpeeError('CONFIG_INVALID', 'The results or the dead-letters topic refuses a record of this size', {
    stage: 'publish',
    details: { reason },
    hint: 'Raise max.message.bytes of both topics above that of the notes topic.',
    cause: error,
  });
}
