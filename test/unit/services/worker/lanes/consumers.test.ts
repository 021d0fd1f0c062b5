import assert from 'node:assert/strict';
import { type LaneConsumer, startAll, together } from '../../../../../services/worker/lanes/consumers.ts';

function member({ age = 0, joined = true, done = new Promise<void>(() => {}) } = {}) {
  const state = { stopped: false };
  const consumer: LaneConsumer = {
    done,
    joined: () => joined,
    heartbeatAgeMs: () => age,
    stop: async () => {
      state.stopped = true;
    },
  };
  return { ...consumer, state };
}

describe('several group members as one', () => {
  it('have joined when all have, and are as silent as the most silent', () => {
    const all = together([member({ age: 5 }), member({ age: 900, joined: false })]);
    assert.deepEqual([all.joined(), all.heartbeatAgeMs()], [false, 900]);
  });

  it('end when one ends by itself, and stop all of them', async () => {
    const members = [member(), member({ done: Promise.reject(new Error('crashed')) })];
    const all = together(members);
    await assert.rejects(all.done, /crashed/);
    await all.stop();
    assert.ok(members.every(({ state }) => state.stopped));
  });

  it('leave nothing running when one cannot start', async () => {
    const first = member();
    const start = async (name: string) => {
      if (name === 'second') throw new Error('unreachable');
      return first;
    };
    await assert.rejects(startAll(['first', 'second'], start), /unreachable/);
    assert.ok(first.state.stopped);
  });
});
