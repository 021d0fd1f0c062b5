import assert from 'node:assert/strict';
import { EpeeError } from '@epee/errors';
import { createPatience } from '@epee/imaging';

const down = () => new EpeeError('IMAGE_STORE_UNREACHABLE', 'The host of the image does not work (HTTP 503)', { stage: 'decode' });
const reference = (host = 'pacs.example') => ({ uri: `https://${host}/x.png`, sha256: 'a'.repeat(64), bytes: 1 });

/** Patience with a clock that only waiting moves. */
function rig(options: { maxAttempts?: number; maxWaitMs?: number } = {}) {
  let clockMs = 0;
  const surroundings = {
    monotonicMs: () => clockMs,
    random: () => 1,
    sleep: async (ms: number) => {
      clockMs += ms;
    },
  };
  const patience = createPatience({ maxAttempts: 1000, maxWaitMs: 60_000, ...options, surroundings });
  return { patience, clockMs: () => clockMs };
}

describe('patience with image stores', () => {
  it('tries again until the store answers', async () => {
    const { patience } = rig();
    let tries = 0;
    const value = await patience.attempt(reference(), async () => {
      if (++tries < 5) throw down();
      return 'bytes';
    });
    assert.deepEqual([value, tries], ['bytes', 5]);
  });

  it('gives up after so many attempts, or so long: IMAGE_FETCH_FAILED, which quotes no reference', async () => {
    for (const [options, most] of [
      [{ maxAttempts: 3 }, 3],
      [{ maxWaitMs: 10_000 }, 100],
    ] as const) {
      const { patience, clockMs } = rig(options);
      let tries = 0;
      const failing = patience.attempt(reference(), async () => {
        tries += 1;
        throw down();
      });
      await assert.rejects(failing, (error: EpeeError) => {
        assert.equal(error.code, 'IMAGE_FETCH_FAILED');
        assert.match(error.message, /HTTP 503\); gave up after \d+ attempts in \d+ ms/);
        assert.ok(!error.message.includes('pacs'));
        return true;
      });
      assert.ok(tries > 1 && tries <= most);
      assert.ok(clockMs() <= 16_000);
    }
  });

  it('tries once at a host that has not answered anybody for so long, until it answers', async () => {
    const { patience } = rig({ maxWaitMs: 10_000 });
    let tries = 0;
    const failing = async () => {
      tries += 1;
      throw down();
    };
    await assert.rejects(patience.attempt(reference(), failing));
    tries = 0;
    await assert.rejects(patience.attempt(reference(), failing), { code: 'IMAGE_FETCH_FAILED' });
    assert.equal(tries, 1);
    await patience.attempt(reference(), async () => 'bytes');
    tries = 0;
    await assert.rejects(patience.attempt(reference(), failing));
    assert.ok(tries > 1);
  });

  it('lets a slow host delay no other', async () => {
    const { patience } = rig();
    const never = () => new Promise<never>(() => {});
    for (let times = 0; times < 50; times++) void patience.attempt(reference('slow.example'), never);
    assert.equal(await patience.attempt(reference(), async () => 'bytes'), 'bytes');
  });

  it('passes on what is the image’s own fault at once', async () => {
    const { patience } = rig();
    let tries = 0;
    const missing = async () => {
      tries += 1;
      throw new EpeeError('IMAGE_REFERENCE_MISSING', 'none', { stage: 'decode' });
    };
    await assert.rejects(patience.attempt(reference(), missing), { code: 'IMAGE_REFERENCE_MISSING' });
    assert.equal(tries, 1);
  });

  it('tells the waiter of each attempt that is followed by another one', async () => {
    const { patience } = rig({ maxAttempts: 3 });
    const told: number[] = [];
    const failing = patience.attempt(reference(), async () => Promise.reject(down()), {
      onTrouble: (_error, attempts) => told.push(attempts),
    });
    await assert.rejects(failing);
    assert.deepEqual(told, [1, 2]);
  });

  it('tries no more for a waiter that has left, which makes no dead letter, and goes on for others', async () => {
    const { patience } = rig();
    const left = new AbortController();
    let tries = 0;
    const work = async () => {
      tries += 1;
      left.abort();
      throw down();
    };
    const leaving = Array.from({ length: 5 }, () => patience.attempt(reference(), work, { abandon: left.signal }));
    for (const attempt of leaving) await assert.rejects(attempt, { code: 'IMAGE_STORE_UNREACHABLE' });
    assert.ok(tries <= 2, `${tries} tries`);
    assert.equal(await patience.attempt(reference(), async () => 'bytes'), 'bytes');
  });

  it('makes no dead letter when it is closed', async () => {
    const { patience } = rig();
    const failing = patience.attempt(reference(), async () => {
      patience.close();
      throw down();
    });
    await assert.rejects(failing, { code: 'IMAGE_STORE_UNREACHABLE' });
  });
});
