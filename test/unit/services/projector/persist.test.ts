import assert from 'node:assert/strict';
import { EpeeError } from '@epee/errors';
import { Abandoned, type Persistence, persist } from '../../../../services/projector/persist.ts';

const down = () => new EpeeError('REDIS_UNREACHABLE', 'down', { stage: 'project' });

describe('persistent work', () => {
  /** A recorder of waits, heartbeats and trouble; `sleep` takes no time. */
  const surroundings = (over: Partial<Persistence> = {}) => {
    const seen = { slept: [] as number[], heartbeats: 0, troubles: [] as string[], recoveries: 0 };
    const persistence: Persistence = {
      heartbeat: async () => void seen.heartbeats++,
      active: () => true,
      sleep: async (ms) => void seen.slept.push(ms),
      random: () => 1,
      onTrouble: ({ code }, attempt, retryInMs) => void seen.troubles.push(`${attempt} ${code} ${retryInMs}`),
      onRecovery: () => void seen.recoveries++,
      ...over,
    };
    return { seen, persistence };
  };
  const failing = (times: number) => {
    let attempts = 0;
    return async () => {
      if (++attempts <= times) throw down();
      return attempts;
    };
  };

  it('answers at once where nothing is wrong', async () => {
    const { seen, persistence } = surroundings();
    assert.equal(await persist(failing(0), persistence), 1);
    assert.deepEqual(seen, { slept: [], heartbeats: 0, troubles: [], recoveries: 0 });
  });

  it('waits longer each time, with heartbeats, and tells when it goes on', async () => {
    const { seen, persistence } = surroundings();
    assert.equal(await persist(failing(5), persistence), 6);
    assert.deepEqual(
      seen.troubles,
      [100, 200, 400, 800, 1600].map((ms, at) => `${at + 1} REDIS_UNREACHABLE ${ms}`),
    );
    // Never longer than half a second without a heartbeat.
    assert.deepEqual(seen.slept, [100, 200, 400, 500, 300, 500, 500, 500, 100]);
    assert.equal(seen.heartbeats, 9);
    assert.equal(seen.recoveries, 1);
  });

  it('does not try again what will not pass', async () => {
    const { seen, persistence } = surroundings();
    const invalid = new EpeeError('CONFIG_INVALID', 'no', { stage: 'config' });
    for (const error of [invalid, new TypeError('bug')]) {
      await assert.rejects(
        persist(async () => {
          throw error;
        }, persistence),
        error,
      );
    }
    assert.deepEqual(seen.slept, []);
  });

  it('gives up when it is no longer wanted', async () => {
    let wanted = true;
    const { persistence } = surroundings({
      active: () => wanted,
      sleep: async () => {
        wanted = false;
      },
    });
    await assert.rejects(persist(failing(9), persistence), Abandoned);
  });

  it('ends with what a heartbeat throws: the partition is somebody else’s', async () => {
    const rebalance = new Error('rebalance');
    const { persistence } = surroundings({
      heartbeat: async () => {
        throw rebalance;
      },
    });
    await assert.rejects(persist(failing(9), persistence), rebalance);
  });

  it('sends heartbeats while work takes long', async () => {
    let finish: (value: string) => void = () => undefined;
    const work = new Promise<string>((resolve) => {
      finish = resolve;
    });
    const { persistence } = surroundings({ heartbeat: async () => finish('done'), heartbeatEveryMs: 0 });
    assert.equal(await persist(() => work, persistence), 'done');
  });
});
