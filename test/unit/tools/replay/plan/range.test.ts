import assert from 'node:assert/strict';
import { EpeeError } from '@epee/errors';
import fc from 'fast-check';
import { shareLimit } from '../../../../../tools/replay/plan/cut-ranges.ts';
import { parseRange } from '../../../../../tools/replay/plan/parse-range.ts';
import { settleRange, type TopicNow, unkeptBefore } from '../../../../../tools/replay/plan/range.ts';

const problem = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof EpeeError);
    return `${error.code}: ${error.message}`;
  }
  throw new Error('nothing was wrong');
};

describe('flags that name a range', () => {
  for (const [what, flags, expected] of [
    ['nothing', {}, { kind: 'all' }],
    ['days', { from: '2026-03-01', to: '2026-03-02' }, { kind: 'time', fromMs: Date.UTC(2026, 2, 1), toMs: Date.UTC(2026, 2, 2) }],
    ['a time without a zone as UTC', { from: '2026-03-01T08:30' }, { kind: 'time', fromMs: Date.UTC(2026, 2, 1, 8, 30), toMs: null }],
    ['a time with a zone', { to: '2026-03-01T08:30:00+02:00' }, { kind: 'time', fromMs: null, toMs: Date.UTC(2026, 2, 1, 6, 30) }],
    ['milliseconds', { from: '1772354400000' }, { kind: 'time', fromMs: 1_772_354_400_000, toMs: null }],
    [
      'offsets',
      { offsets: ['0:5-9', '2:-7,3:1-'] },
      {
        kind: 'offsets',
        partitions: [
          { partition: 0, from: 5n, to: 9n },
          { partition: 2, from: null, to: 7n },
          { partition: 3, from: 1n, to: null },
        ],
      },
    ],
  ] as const) {
    it(`are ${what}`, () => assert.deepEqual(parseRange(flags), expected));
  }

  for (const [flags, words] of [
    [{ from: '2026-03-02', to: '2026-03-01' }, /REPLAY_RANGE_INVALID: --from 2026-03-02T00:00:00.000Z is not before --to 2026-03-01T00/],
    [{ from: 'yesterday' }, /REPLAY_RANGE_INVALID: --from must be a time such as .* not "yesterday"/],
    [{ to: '2026-13-01' }, /--to must be a time/],
    [{ offsets: ['0-5'] }, /--offsets must be PARTITION:FROM-TO, .* not "0-5"/],
    [{ offsets: ['0:9-9'] }, /--offsets 0:9-9 ends before it begins/],
    [{ offsets: ['0:1-2', '0:5-6'] }, /names partition 0 twice/],
    [{ offsets: ['0:1-2'], from: '2026-03-01' }, /cannot be used together/],
  ] as const) {
    it(`are refused: ${JSON.stringify(flags)}`, () =>
      assert.match(
        problem(() => parseRange(flags)),
        words,
      ));
  }
});

describe('a range on a topic', () => {
  const now = (kept: readonly (readonly [low: bigint, high: bigint])[], at: Record<number, bigint[]> = {}): TopicNow => ({
    topic: 'notes',
    kept: kept.map(([low, high], partition) => ({ partition, low, high })),
    offsetsAt: async (timeMs) => at[timeMs]!.map((offset, partition) => ({ partition, offset })),
  });
  const words = (ranges: readonly { partition: number; from: bigint; to: bigint }[]) =>
    ranges.map(({ partition, from, to }) => `${partition}:${from}-${to}`);

  it('is all that is kept, without empty partitions', async () =>
    assert.deepEqual(
      words(
        await settleRange(
          { kind: 'all' },
          now([
            [5n, 9n],
            [3n, 3n],
            [0n, 2n],
          ]),
        ),
      ),
      ['0:5-9', '2:0-2'],
    ));

  it('lies between two times, within what is kept', async () => {
    const topic = now(
      [
        [5n, 9n],
        [0n, 4n],
      ],
      { 10: [5n, 2n], 20: [8n, 4n] },
    );
    assert.deepEqual(words(await settleRange({ kind: 'time', fromMs: 10, toMs: 20 }, topic)), ['0:5-8', '1:2-4']);
    assert.deepEqual(words(await settleRange({ kind: 'time', fromMs: 20, toMs: null }, topic)), ['0:8-9']);
  });

  it('is that of the named partitions alone', async () =>
    assert.deepEqual(
      words(
        await settleRange(
          parseRange({ offsets: ['1:-3', '0:6-'] }),
          now([
            [5n, 9n],
            [0n, 4n],
          ]),
        ),
      ),
      ['0:6-9', '1:0-3'],
    ));

  for (const [what, topic, flags, code, message, hint] of [
    [
      'an empty topic',
      now([
        [0n, 0n],
        [7n, 7n],
      ]),
      {},
      'REPLAY_RANGE_EMPTY',
      /notes holds no record/,
      /epee ingest/,
    ],
    [
      'offsets that are gone',
      now([[5n, 9n]]),
      { offsets: ['0:2-6'] },
      'REPLAY_RANGE_INVALID',
      /records before 5 are no longer kept/,
      /notes holds offsets 5 to 8 in partition 0/,
    ],
    [
      'a beginning beyond the end',
      now([[5n, 9n]]),
      { offsets: ['0:9-'] },
      'REPLAY_RANGE_INVALID',
      /begins beyond the end/,
      /offsets 5 to 8/,
    ],
    [
      'an end beyond the end',
      now([[5n, 9n]]),
      { offsets: ['0:6-20'] },
      'REPLAY_RANGE_INVALID',
      /ends beyond the end of the partition, 9/,
      /offsets 5 to 8/,
    ],
    ['another partition', now([[5n, 9n]]), { offsets: ['3:0-1'] }, 'REPLAY_RANGE_INVALID', /notes has no partition 3/, /It has 1/],
    [
      'a time after the last record',
      now([[5n, 9n]], { [Date.UTC(2030, 0, 1)]: [9n] }),
      { from: '2030-01-01' },
      'REPLAY_RANGE_EMPTY',
      /No record of notes lies in the range from 2030-01-01T00:00:00.000Z/,
      /offsets 5 to 8/,
    ],
  ] as const) {
    it(`refuses ${what} and says what the topic holds`, async () => {
      await assert.rejects(settleRange(parseRange(flags), topic), (error: EpeeError) => {
        assert.equal(error.code, code);
        assert.match(error.message, message);
        assert.match(error.hint ?? '', hint);
        return true;
      });
    });
  }
});

describe('records that are no longer kept', () => {
  const kept = [
    { partition: 0, low: 5n, high: 9n },
    { partition: 1, low: 0n, high: 4n },
  ];
  const warning = (from: string | undefined, begin: bigint) =>
    unkeptBefore(
      parseRange({ from }),
      [
        { partition: 0, from: begin, to: 9n },
        { partition: 1, from: 0n, to: 4n },
      ],
      kept,
    );

  it('are warned of where a range of time may have begun with them', () => {
    assert.match(warning('2026-03-01', 5n)!, /Records before offset 5 in partition 0 are no longer kept/);
    assert.equal(warning('2026-03-01', 6n), null);
    assert.equal(warning(undefined, 5n), null);
  });
});

describe('a limit', () => {
  it('is shared out by size, to the last record', () => {
    const ranges = [100n, 50n, 1n].map((to, partition) => ({ partition, from: 0n, to }));
    assert.deepEqual(
      [...shareLimit(ranges, 15)],
      [
        [0, 10],
        [1, 5],
      ],
    );
    assert.deepEqual(
      [...shareLimit(ranges, 1000)],
      [
        [0, 100],
        [1, 50],
        [2, 1],
      ],
    );
  });

  it('is never exceeded nor left unused', () =>
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 5000 }),
        (sizes, limit) => {
          const shares = shareLimit(
            sizes.map((size, partition) => ({ partition, from: 7n, to: 7n + BigInt(size) })),
            limit,
          );
          for (const [partition, share] of shares) assert.ok(share >= 1 && share <= sizes[partition]!);
          const all = sizes.reduce((sum, size) => sum + size, 0);
          assert.equal(
            [...shares.values()].reduce((sum, share) => sum + share, 0),
            Math.min(limit, all),
          );
        },
      ),
    ));
});
