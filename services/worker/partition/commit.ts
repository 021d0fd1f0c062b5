import type { PartitionTransactions } from '@epee/kafka';
import { type Offset, refuseTooLarge } from '@epee/stream';
import type { Logger, Waits } from '@epee/telemetry';
import { commitAndLook, type Fate, finishAlive, retry, type Surroundings, type Waiting } from '@epee/work';
import { FENCED_LIMIT } from '../limits.ts';
import type { Output } from '../prepare/outputs.ts';
import type { WorkerMetrics } from '../worker-metrics.ts';

/** What committing needs. */
export interface CommitDeps {
  readonly transactions: PartitionTransactions;
  readonly waiting: Waiting;
  readonly waits: Pick<Waits, 'begin'>;
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

/**
 * Shuts out the partition's former owner and answers the committed offset; tries until it succeeds.
 * @throws what `heartbeat` throws, Abandoned
 */
export async function openTransactions({ transactions, waiting, waits, surroundings, log }: CommitDeps): Promise<Offset | null> {
  const wait = waits.begin();
  try {
    return await retry(() => transactions.open(), {
      surroundings,
      waiting,
      onTrouble(error, attempts, retryInMs) {
        wait.on(error);
        log.warn('Cannot take over a partition; trying again', { attempts, retryInMs }, error);
      },
    });
  } finally {
    wait.over();
  }
}

/**
 * Commits one sub-batch. After an error nobody knows whether it was committed: the producer is replaced, the committed offset read, and the transaction counted as done,
 * done again, or dropped because the partition moved on elsewhere.
 * @param onCommitted called once the transaction is known to be committed, also where a failed heartbeat is thrown afterwards
 * @throws EpeeError KAFKA_FENCED, CONFIG_INVALID (a topic takes too little); what `heartbeat` throws; Abandoned
 */
export function commitSubBatch({ sends, mark, from, next }: Step, deps: CommitDeps, onCommitted: () => void): Promise<Fate> {
  const { transactions, waiting, metrics, log, surroundings } = deps;
  const begunMs = surroundings.monotonicMs();
  let fenced = 0;
  const succeeded = () => {
    metrics.transaction('committed');
    metrics.stage('commit', (surroundings.monotonicMs() - begunMs) / 1000);
    onCommitted();
  };
  return commitAndLook({
    from,
    to: next,
    commit: () => finishAlive(transactions.commit(sends, next, mark), waiting, succeeded),
    async onUnknown(error) {
      refuseTooLarge(error, TOO_LARGE);
      fenced = error.code === 'KAFKA_FENCED' ? fenced + 1 : 0;
      metrics.transaction(fenced > 0 ? 'fenced' : 'unknown');
      // Somebody else may own the partition by now; a heartbeat tells, before the new owner is shut out.
      await waiting.heartbeat();
      if (fenced >= FENCED_LIMIT) throw error;
      log.warn('The outcome of a transaction is unknown; looking at the committed offset', { attempts: fenced }, error);
    },
    look: () => openTransactions(deps),
    // A step that only leaves its mark does not move the offset.
    isOurs: () => from !== next || transactions.metadata() === mark,
    onFound: succeeded,
  });
}

const TOO_LARGE = {
  message: 'The results or the dead-letters topic refuses a record of this size',
  hint: 'Raise max.message.bytes of both topics above that of the notes topic.',
};
