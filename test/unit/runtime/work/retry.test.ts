import assert from 'node:assert/strict';
import { EpeeError } from '@epee/errors';
import { Abandoned, type RetryOptions, retry } from '@epee/work';

const down = () => new EpeeError('REDIS_UNREACHABLE', 'down', { stage: 'project' });

describe('retry', () => {
  /** A recorder of pauses, heartbeats and trouble. Pauses take no time, but the clock moves. */
  const surroundings = (over: Partial<RetryOptions> = {}) => {
    const seen = { slept: [] as number[], heartbeats: 0, troubles: [] as string[], recoveries: 0 };
    let nowMs = 0;
    const options: RetryOptions = {
      surroundings: {
        monotonicMs: () => nowMs,
        random: () => 1,
        sleep: async (ms) => {
          seen.slept.push(ms);
          nowMs += ms;
        },
      },
      waiting: { heartbeat: async () => void seen.heartbeats++ },
      active: () => true,
      onTrouble: ({ code }, attempt, retryInMs) => void seen.troubles.push(`${attempt} ${code} ${retryInMs}`),
      onRecovery: () => void seen.recoveries++,
      ...over,
    };
    return { seen, options };
  };
  const failing = (times: number) => {
    let attempts = 0;
    return async () => {
      if (++attempts <= times) throw down();
      return attempts;
    };
  };

  it('answers at once where nothing is wrong', async () => {
    const { seen, options } = surroundings();
    assert.equal(await retry(failing(0), options), 1);
    assert.deepEqual(seen, { slept: [], heartbeats: 0, troubles: [], recoveries: 0 });
  });

  it('waits longer each time, with heartbeats, and tells when it goes on', async () => {
    const { seen, options } = surroundings();
    assert.equal(await retry(failing(5), options), 6);
    assert.deepEqual(
      seen.troubles,
      [100, 200, 400, 800, 1600].map((ms, at) => `${at + 1} REDIS_UNREACHABLE ${ms}`),
    );
    // Never longer than half a second without a heartbeat.
    assert.deepEqual(seen.slept, [100, 200, 400, 500, 300, 500, 500, 500, 100]);
    assert.equal(seen.heartbeats, 9);
    assert.equal(seen.recoveries, 1);
  });

  it('waits in one piece where no group waits for heartbeats', async () => {
    const { waiting: _, ...options } = surroundings().options;
    const { seen } = surroundings();
    const sleep = async (ms: number) => void seen.slept.push(ms);
    await retry(failing(5), { ...options, surroundings: { ...options.surroundings, sleep } });
    assert.deepEqual(seen.slept, [100, 200, 400, 800, 1600]);
  });

  it('does not try again what will not pass', async () => {
    const { seen, options } = surroundings();
    const invalid = new EpeeError('CONFIG_INVALID', 'no', { stage: 'config' });
    for (const error of [invalid, new TypeError('bug')]) {
      await assert.rejects(
        retry(async () => {
          throw error;
        }, options),
        error,
      );
    }
    assert.deepEqual(seen.slept, []);
  });

  it('lets its caller say what may pass', async () => {
    const { options } = surroundings();
    const isPassing = (error: unknown): error is RangeError => error instanceof RangeError;
    let attempts = 0;
    const work = async () => {
      if (++attempts === 1) throw new RangeError('once');
      throw down();
    };
    await assert.rejects(retry<void, RangeError>(work, { surroundings: options.surroundings, isPassing }), { code: 'REDIS_UNREACHABLE' });
    assert.equal(attempts, 2);
  });

  it('ends with the last error after a number of attempts, or when its time is up', async () => {
    const few = surroundings({ attempts: 3 });
    await assert.rejects(retry(failing(9), few.options), { code: 'REDIS_UNREACHABLE' });
    assert.equal(few.seen.slept.length, 2);
    const brief = surroundings({ giveUpAfterMs: 500 });
    await assert.rejects(retry(failing(9), brief.options), { code: 'REDIS_UNREACHABLE' });
    assert.deepEqual(brief.seen.slept, [100, 200, 400]);
  });

  it('gives up when it is no longer wanted', async () => {
    let wanted = true;
    const { options } = surroundings({ active: () => wanted });
    const sleep = async () => {
      wanted = false;
    };
    await assert.rejects(retry(failing(9), { ...options, surroundings: { ...options.surroundings, sleep } }), Abandoned);
    const abandon = AbortSignal.abort();
    await assert.rejects(retry(failing(0), surroundings({ abandon }).options), Abandoned);
    await assert.rejects(retry(failing(0), surroundings({ waiting: { heartbeat: async () => {}, abandon } }).options), Abandoned);
  });

  it('ends with what a heartbeat throws: the partition is somebody else’s', async () => {
    const rebalance = new Error('rebalance');
    const heartbeat = async () => {
      throw rebalance;
    };
    await assert.rejects(retry(failing(9), surroundings({ waiting: { heartbeat } }).options), rebalance);
  });

  it('sends heartbeats while work takes long', async () => {
    let finish: (value: string) => void = () => undefined;
    const work = new Promise<string>((resolve) => {
      finish = resolve;
    });
    const { options } = surroundings({ waiting: { heartbeat: async () => finish('done'), everyMs: 0 } });
    assert.equal(await retry(() => work, options), 'done');
  });
});
