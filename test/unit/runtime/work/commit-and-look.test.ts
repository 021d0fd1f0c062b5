import assert from 'node:assert/strict';
import { EpeeError } from '@epee/errors';
import { type Commit, commitAndLook } from '@epee/work';

describe('commitAndLook', () => {
  /** A commit from 5 to 9 that fails so often; after each failure the committed offset is the next of `looks`. */
  const scene = (failures: number, looks: readonly (bigint | null)[] = [], over: Partial<Commit> = {}) => {
    const steps: string[] = [];
    const commit: Commit = {
      from: 5n,
      to: 9n,
      async commit() {
        steps.push('commit');
        if (steps.filter((step) => step === 'commit').length <= failures) {
          throw new EpeeError('KAFKA_OUTCOME_UNKNOWN', 'unknown', { stage: 'publish' });
        }
      },
      onUnknown: ({ code }, attempt) => void steps.push(`${code} ${attempt}`),
      async look() {
        const committed = looks[steps.filter((step) => step.startsWith('look')).length]!;
        steps.push(`look ${committed}`);
        return committed;
      },
      onFound: () => steps.push('found'),
      ...over,
    };
    return { steps, commit };
  };

  it('commits once and looks at nothing where that succeeds', async () => {
    const { steps, commit } = scene(0);
    assert.equal(await commitAndLook(commit), 'committed');
    assert.deepEqual(steps, ['commit']);
  });

  it('counts a commit as done where a look finds it', async () => {
    const { steps, commit } = scene(1, [9n]);
    assert.equal(await commitAndLook(commit), 'committed');
    assert.deepEqual(steps, ['commit', 'KAFKA_OUTCOME_UNKNOWN 1', 'look 9', 'found']);
  });

  it('commits again where it was not done', async () => {
    const { steps, commit } = scene(2, [5n, null]);
    assert.equal(await commitAndLook(commit), 'committed');
    assert.deepEqual(steps.filter((step) => step === 'commit').length, 3);
    assert.ok(!steps.includes('found'));
  });

  it('leaves a partition that somebody else moved', async () => {
    const { steps, commit } = scene(1, [7n]);
    assert.deepEqual(await commitAndLook(commit), { overtakenAt: 7n });
    assert.equal(steps.filter((step) => step === 'commit').length, 1);
  });

  it('commits again where another commit to the same offset was found', async () => {
    let ours = false;
    const { steps, commit } = scene(2, [9n, 9n], {
      isOurs: () => {
        const before = ours;
        ours = true;
        return before;
      },
    });
    assert.equal(await commitAndLook(commit), 'committed');
    assert.equal(steps.filter((step) => step === 'commit').length, 2);
    assert.equal(steps.at(-1), 'found');
  });

  it('ends with what nobody foresaw, and with what onUnknown throws', async () => {
    const bug = new TypeError('bug');
    const throwing = async () => {
      throw bug;
    };
    await assert.rejects(commitAndLook({ ...scene(0).commit, commit: throwing }), bug);
    await assert.rejects(commitAndLook({ ...scene(1).commit, onUnknown: throwing }), bug);
  });
});
