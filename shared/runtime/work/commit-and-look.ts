import { EpeeError, isRefusal } from '@epee/errors';
import { type Offset, transactionFate } from '@epee/stream';

/** A commit that moves a committed offset from `from` to `to`, together with what else it does, or does nothing. */
export interface Commit {
  readonly from: Offset | null;
  readonly to: Offset;
  commit(): Promise<void>;
  /**
   * Called after each commit that failed, before the look: nobody knows whether it was done. Throws where there is nothing to look for.
   * @param attempt failed commits, from 1
   */
  onUnknown(error: EpeeError, attempt: number): void | Promise<void>;
  /** Reads the committed offset. Whoever may still be committing must be shut out before. */
  look(): Promise<Offset | null>;
  /** Tells this commit from another one to the same offset. @default the offset alone decides */
  isOurs?(): boolean;
  /** Called where a look shows that a commit which failed was done. */
  onFound?(): void;
}

/** `committed`, or the offset to which somebody else moved the partition. */
export type Fate = 'committed' | { readonly overtakenAt: Offset };

/**
 * Commits once. After an error nobody knows whether it was done: the committed offset is read, and it counts as done, is done again, or is dropped since the partition
 * moved on elsewhere.
 * @throws what `onUnknown` and `look` throw; refusals of the brokers; errors of the commit that are no EpeeError
 */
export function commitAndLook({ from, to, commit, onUnknown, look, isOurs, onFound }: Commit): Promise<Fate> {
  return commitUntilKnown<Fate>(
    async () => {
      await commit();
      return 'committed';
    },
    async (error, attempt) => {
      await onUnknown(error, attempt);
      const committed = await look();
      const fate = transactionFate(committed, { from, to });
      if (fate === 'overtaken') return { overtakenAt: committed! };
      if (fate === 'aborted' || isOurs?.() === false) return undefined;
      onFound?.();
      return fate;
    },
  );
}

/**
 * Commits until it is known what became of it.
 * @param look finds out what became of a commit that failed, which nobody knows: its answer, or
 * undefined to commit again. Called with the error and the number of failed commits, from 1
 * @throws what `look` throws; refusals of the brokers; errors of the commit that are no EpeeError
 */
export async function commitUntilKnown<T>(
  commit: () => Promise<T>,
  look: (error: EpeeError, attempt: number) => Promise<T | undefined>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await commit();
    } catch (error) {
      // A refusal is no unknown outcome: the brokers answered, and nothing was committed.
      if (!(error instanceof EpeeError) || isRefusal(error)) throw error;
      const known = await look(error, attempt);
      if (known !== undefined) return known;
    }
  }
}
