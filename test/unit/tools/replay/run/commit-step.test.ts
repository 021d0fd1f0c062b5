import assert from 'node:assert/strict';
import { EpeeError } from '@epee/errors';
import type { PartitionTransactions } from '@epee/kafka';
import { commitStep, insist, type Patience } from '../../../../../tools/replay/run/commit-step.ts';

/** What happens to one commit: done, failed, failed although it was done, or refused. */
type Fate = 'done' | 'lost' | 'unanswered' | 'fenced' | 'too large';

function scene(fates: Fate[], { committedElsewhere }: { committedElsewhere?: bigint | null } = {}) {
  let committed: bigint | null = 5n;
  const written: string[] = [];
  let opened = 0;
  const transactions: PartitionTransactions = {
    transactionalId: 't',
    metadata: () => '',
    open: async () => {
      opened += 1;
      if (opened === 1 && fates.length > 0) throw new EpeeError('KAFKA_UNREACHABLE', 'x', { stage: 'publish' });
      return standing();
    },
    commit: async (_sends, next) => {
      const fate = fates.shift() ?? 'done';
      if (fate === 'fenced') throw new EpeeError('KAFKA_FENCED', 'x', { stage: 'publish' });
      if (fate === 'too large')
        throw new EpeeError('KAFKA_OUTCOME_UNKNOWN', 'x', { stage: 'publish', details: { reason: 'MESSAGE_TOO_LARGE' } });
      if (fate !== 'lost') {
        written.push(`to ${next}`);
        committed = next;
      }
      if (fate !== 'done') throw new EpeeError('KAFKA_OUTCOME_UNKNOWN', 'x', { stage: 'publish' });
    },
    close: async () => {},
  };
  const standing = async () => (committedElsewhere === undefined ? committed : committedElsewhere);
  return { deps: { transactions, committed: standing, patience: patience() }, written, opened: () => opened };
}

const patience = (giveUpAfterMs = 1e9): Patience => {
  let nowMs = 0;
  const sleep = async (ms: number) => {
    nowMs += ms;
  };
  return { monotonicMs: () => nowMs, random: () => 0.5, sleep, giveUpAfterMs };
};

const step = { sends: [], from: 5n, next: 9n };

describe('committing a step of a run', () => {
  for (const fates of [['done'], ['lost', 'done'], ['unanswered'], ['lost', 'lost', 'unanswered']] as Fate[][]) {
    it(`writes it once: ${fates.join(', ')}`, async () => {
      const { deps, written } = scene([...fates]);
      await commitStep(deps, step);
      assert.deepEqual(written, ['to 9']);
    });
  }

  for (const [what, fates, options, code] of [
    ['another process took over', ['fenced'], {}, 'KAFKA_FENCED'],
    ['another process moved on', ['lost'], { committedElsewhere: 7n }, 'KAFKA_FENCED'],
    ['another process finished the run', ['lost'], { committedElsewhere: null }, 'KAFKA_FENCED'],
    ['a record is too large for the topic', ['too large'], {}, 'CONFIG_INVALID'],
  ] as const) {
    it(`stops where ${what}`, async () => {
      const { deps, written, opened } = scene([...fates], options);
      await assert.rejects(commitStep(deps, step), { code });
      assert.deepEqual([written, opened()], [[], 0]);
    });
  }

  it('waits for infrastructure only so long', async () => {
    let tries = 0;
    const work = async () => {
      tries += 1;
      throw new EpeeError('KAFKA_UNREACHABLE', 'x', { stage: 'publish' });
    };
    await assert.rejects(insist(work, patience(60_000)), { code: 'KAFKA_UNREACHABLE' });
    assert.ok(tries > 3);
  });
});
