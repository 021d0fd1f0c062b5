import assert from 'node:assert/strict';
import type { EpeeError, ErrorCode } from '@epee/errors';
import { publishChunk } from '../../../../../services/jobs/sending/publish-chunk.ts';
import { failing, silent, still } from '../../worker/support.ts';

/** What happens to an attempt: done; failed although it was done, or not; refused; another process has claimed the chunk; Redis is away. */
type Fate = 'done' | 'unanswered' | 'lost' | 'fenced' | 'too large' | 'claimed' | 'no redis';
const CODES: Partial<Record<Fate, ErrorCode>> = { fenced: 'KAFKA_FENCED', 'no redis': 'REDIS_UNREACHABLE' };

function scene(...fates: Fate[]) {
  const calls: string[] = [];
  let committed = 3n;
  let fate: Fate = 'done';
  const deps = {
    log: silent,
    surroundings: { ...still, sleep: async () => void calls.push('sleep') },
    async intend() {
      fate = fates.shift() ?? 'done';
      if (fate === 'no redis') throw failing('REDIS_UNREACHABLE');
      calls.push('intend');
      return fate !== 'claimed';
    },
    transactions: {
      transactionalId: 't',
      metadata: () => '',
      async open() {
        calls.push('look');
        return committed;
      },
      async commit(_: unknown, next: bigint) {
        if (fate === 'done' || fate === 'unanswered') {
          calls.push(`commit ${next}`);
          committed = next;
        }
        if (fate === 'too large') throw failing('KAFKA_OUTCOME_UNKNOWN', { reason: 'MESSAGE_TOO_LARGE' });
        if (fate !== 'done') throw failing(CODES[fate] ?? 'KAFKA_OUTCOME_UNKNOWN');
      },
      async close() {},
    },
  };
  return { calls, publish: () => publishChunk([], 4n, deps) };
}

describe('publishing a chunk', () => {
  for (const [fates, published, calls] of [
    [['done'], true, 'intend, commit 4'],
    [['unanswered'], true, 'intend, commit 4, look'],
    [['lost', 'fenced', 'done'], true, 'intend, look, sleep, intend, look, sleep, intend, commit 4'],
    [['claimed'], false, 'intend'],
    [['fenced', 'claimed'], false, 'intend, look, sleep, intend'],
  ] as const) {
    it(`commits once, or leaves it to another process: ${fates.join(', ')}`, async () => {
      const { calls: seen, publish } = scene(...fates);
      assert.equal(await publish(), published);
      assert.equal(seen.join(', '), calls);
    });
  }

  it('looks at the offset after every failed attempt, the last one too, then leaves it to the queue', async () => {
    const { calls, publish } = scene(...Array<Fate>(9).fill('lost'));
    await assert.rejects(publish(), { code: 'KAFKA_OUTCOME_UNKNOWN' });
    assert.deepEqual([calls.filter((call) => call === 'intend').length, calls.at(-1)], [5, 'look']);
  });

  it('does not look where nothing was begun or nothing can be', async () => {
    for (const [fate, code] of [
      ['no redis', 'REDIS_UNREACHABLE'],
      ['too large', 'CONFIG_INVALID'],
    ] as const) {
      const { calls, publish } = scene(fate);
      await assert.rejects(publish(), (error: EpeeError) => error.code === code);
      assert.ok(!calls.includes('look'));
    }
  });
});
