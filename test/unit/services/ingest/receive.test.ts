import assert from 'node:assert/strict';
import { createAdmission, MIN_REQUEST_BYTES } from '../../../../services/ingest/http/admission.ts';
import { type ReceiveOptions, receive } from '../../../../services/ingest/http/receive.ts';

/** A sender that sends pieces after pauses, on a clock that only pauses move. */
function sender(pieces: readonly (readonly [afterMs: number, bytes: number])[], over: Partial<ReceiveOptions> = {}) {
  let clockMs = 0;
  const held: number[] = [];
  async function* body() {
    for (const [afterMs, bytes] of pieces) {
      const wait = new Promise<boolean>((resolve) => (arrive = (limitMs) => resolve(afterMs <= limitMs)));
      if (!(await wait)) await new Promise<never>(() => {});
      clockMs += afterMs;
      yield Buffer.alloc(bytes);
    }
  }
  let arrive = (_limitMs: number) => {};
  const surroundings = {
    monotonicMs: () => clockMs,
    /** Time for the next piece: it comes, or the time is over. */
    sleep: async (ms: number) => {
      await Promise.resolve();
      arrive(ms);
      for (let times = 0; times < 50; times++) await Promise.resolve();
    },
  };
  const lease = { hold: (bytes: number) => void held.push(bytes), leave() {} };
  const limits = { maxRequestMs: 60_000, minBytesPerSecond: 100 };
  const received = receive(body(), { lease, limits, heldMaxBytes: 1000, isStream: false, surroundings, ...over });
  const read = async () => {
    let bytes = 0;
    for await (const chunk of received) bytes += chunk.length;
    return bytes;
  };
  return { read, held };
}

const drip = (count: number, afterMs: number, bytes: number) => Array.from({ length: count }, () => [afterMs, bytes] as const);

describe('receiving a body', () => {
  it('passes it on and counts what has arrived, up to what is held at a time', async () => {
    const { read, held } = sender(drip(3, 10, 400));
    assert.equal(await read(), 1200);
    assert.deepEqual(held, [400, 800, 1000]);
  });

  it('lets a sender be slow at first, but not keep on: REQUEST_TOO_SLOW', async () => {
    await assert.rejects(sender(drip(10, 9000, 1)).read(), { code: 'REQUEST_TOO_SLOW', message: /of bytes? came|bytes came in/ });
    assert.equal(await sender([[9000, 1000], ...drip(20, 500, 100)]).read(), 3000);
  });

  it('bounds the time of a request with one note, whatever its rate, and not that of a stream', async () => {
    const steady = drip(100, 1000, 200);
    await assert.rejects(sender(steady).read(), { code: 'REQUEST_TOO_SLOW', message: /longer than 60000 ms/ });
    assert.equal(await sender(steady, { isStream: true }).read(), 20_000);
  });
});

describe('admission', () => {
  const KIB = 1024;
  it('counts what has arrived: senders that only announce much hold little', () => {
    const admission = createAdmission({ maxBytes: 1000 * KIB });
    for (let times = 0; times < 70; times++) admission.enter('a').hold(1);
    assert.equal(admission.takenBytes(), 70 * MIN_REQUEST_BYTES);
    admission.enter('b').hold(600 * KIB);
    assert.throws(() => admission.enter('b').hold(300 * KIB), { code: 'INGEST_OVERLOADED' });
  });

  it('gives no client more than its share, and others theirs', () => {
    const admission = createAdmission({ maxBytes: 1000 * KIB, clientMaxBytes: 500 * KIB });
    const leases = Array.from({ length: 5 }, () => admission.enter('greedy'));
    for (const lease of leases) lease.hold(100 * KIB);
    assert.throws(() => admission.enter('greedy'), { code: 'INGEST_CLIENT_OVERLOADED' });
    admission.enter('other').hold(400 * KIB);
    for (const lease of leases) lease.leave();
    admission.enter('greedy').hold(500 * KIB);
  });

  it('lets a request that is larger than a limit in alone', () => {
    const admission = createAdmission({ maxBytes: 1000 * KIB, clientMaxBytes: 10 * KIB });
    const lease = admission.enter('a');
    lease.hold(100 * KIB);
    assert.equal(admission.takenBytes(), 10 * KIB);
    lease.leave();
    lease.leave();
    assert.equal(admission.takenBytes(), 0);
  });
});
