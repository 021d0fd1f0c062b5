import assert from 'node:assert/strict';
import { createTurns } from '../../../../../services/jobs/sending/turns.ts';

describe('turns', () => {
  it('run work of one name one after the other, whatever it ends with, and that of others beside it', async () => {
    const inTurn = createTurns();
    const seen: string[] = [];
    const ends: (() => void)[] = [];
    const work = (name: string) => async () => {
      seen.push(`${name} begins`);
      await new Promise<void>((resolve) => ends.push(resolve));
      seen.push(`${name} ends`);
      if (name === 'a1') throw new Error('a1');
    };
    const all = [inTurn('a', work('a1')), inTurn('a', work('a2')), inTurn('b', work('b1'))];
    const ended = Promise.allSettled(all);
    assert.deepEqual(seen, ['a1 begins', 'b1 begins']);
    ends[0]!();
    await assert.rejects(all[0]!, { message: 'a1' });
    await new Promise(setImmediate);
    assert.deepEqual(seen.slice(2), ['a1 ends', 'a2 begins']);
    for (const end of ends) end();
    assert.deepEqual(
      (await ended).map(({ status }) => status),
      ['rejected', 'fulfilled', 'fulfilled'],
    );
  });
});
