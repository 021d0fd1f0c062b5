import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { decideExits, type ExitPolicy, followTrace, type PooledLayers, type TaggingLayers, traceRow } from '@epee/exits';
import fc from 'fast-check';
import { plainExit, plainLayers } from './plain-rule.ts';

type Layers = PooledLayers | TaggingLayers;

/** Rounding of two ways to compute an entropy; thresholds closer than this decide nothing. */
const ROUNDING = 1e-9;

/** A row's decisions by layer: what {@link plainLayers} reads. */
function decisionsOf(row: Layers): number[][][] {
  if (row.kind === 'pooled') return row.layers.map((logits) => [Array.from(logits)]);
  const width = row.groupSizes.reduce((sum, size) => sum + size, 0);
  return row.layers.map((logits) =>
    [...row.wordMask.keys()]
      .filter((token) => row.wordMask[token] === 1)
      .flatMap((token) => {
        let start = token * width;
        return row.groupSizes.map((size) => {
          start += size;
          return Array.from({ length: size }, (_, at) => logits[start - size + at]!);
        });
      }),
  );
}

const flat = ({ kind, wordMask }: { kind: Layers['kind']; wordMask?: Uint8Array }, answer: ReturnType<typeof decideExits>['answer']) =>
  kind === 'pooled' || answer.kind === 'pooled'
    ? [(answer as { label: number }).label]
    : [...wordMask!.keys()].filter((token) => wordMask![token] === 1).flatMap((token) => answer.tags.map((tags) => tags[token]!));

/** The rule under test, in both its forms, against the plain one. */
function assertAgrees(row: Layers, policy: ExitPolicy): void {
  const expected = plainExit(plainLayers({ decisions: decisionsOf(row) }), policy);
  const { exitLayer, exitReason, entropy, answer } = decideExits(row, policy);
  assert.deepEqual([exitLayer, exitReason], [expected.exitLayer, expected.exitReason], JSON.stringify(policy));
  assert.deepEqual(followTrace(traceRow(row), policy), { exitLayer, exitReason });
  assert.ok(Math.abs(entropy - expected.entropy) < ROUNDING || (Number.isNaN(entropy) && Number.isNaN(expected.entropy)));
  assert.deepEqual(flat(row, answer), expected.vote);
}

/** Whether some entropy lies so close to the threshold that rounding decides; exactly at 0 and 1 no rounding is forgiven. */
const onTheEdge = (row: Layers, { entropyThreshold: t }: ExitPolicy) =>
  t !== 'off' && t !== 0 && t !== 1 && traceRow(row).entropies.some((entropy) => Math.abs(entropy - t) < ROUNDING);

const threshold = fc.oneof(fc.constantFrom('off' as const, 0, 1), fc.double({ min: 0, max: 1, noNaN: true }));
const patience = fc.oneof(fc.constant('off' as const), fc.integer({ min: 1, max: 14 }));
const policies = fc.record({ entropyThreshold: threshold, patience });
/** Few whole numbers, so that ties and agreements are common; or any size; or not finite. */
const tied = fc.integer({ min: -2, max: 2 });
const wide = fc.integer({ min: -700_000, max: 700_000 }).map((thousandths) => thousandths / 1000);
const broken = fc.oneof({ weight: 6, arbitrary: tied }, fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY));

const pooledOf = (logit: fc.Arbitrary<number>) =>
  fc
    .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 5 }))
    .chain(([layers, labels]) =>
      fc.array(fc.array(logit, { minLength: labels, maxLength: labels }), { minLength: layers, maxLength: layers }),
    )
    .map((layers): PooledLayers => ({ kind: 'pooled', layers }));
const taggingOf = (logit: fc.Arbitrary<number>) =>
  fc
    .record({
      layers: fc.integer({ min: 1, max: 6 }),
      groupSizes: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
      mask: fc.array(fc.constantFrom(0, 1), { minLength: 1, maxLength: 5 }),
    })
    .chain(({ layers, groupSizes, mask }) => {
      const size = mask.length * groupSizes.reduce((sum, group) => sum + group, 0);
      return fc
        .array(fc.array(logit, { minLength: size, maxLength: size }), { minLength: layers, maxLength: layers })
        .map((logits): TaggingLayers => ({ kind: 'tagging', layers: logits, groupSizes, wordMask: Uint8Array.from(mask) }));
    });

describe('the exit rule beside a plain reading of EPEE', () => {
  for (const [what, rows] of [
    ['pooled rows with many ties', pooledOf(tied)],
    ['pooled rows of any size', pooledOf(wide)],
    ['pooled rows with logits that are not finite', pooledOf(broken)],
    ['tagging rows with many ties', taggingOf(tied)],
    ['tagging rows with logits that are not finite', taggingOf(broken)],
  ] as const) {
    it(`agrees on ${what}, also with T = 0, T = 1, P >= L, one layer and one label`, () => {
      fc.assert(
        fc.property(rows as fc.Arbitrary<Layers>, policies, (row, policy) => {
          fc.pre(!onTheEdge(row, policy));
          assertAgrees(row, policy);
        }),
        { numRuns: 1500 },
      );
    });
  }

  it('never lets a row out at a layer whose logits are not finite, whatever the policy', () => {
    fc.assert(
      fc.property(pooledOf(broken), policies, (row, policy) => {
        const { exitLayer, exitReason, entropy } = decideExits(row, policy);
        const finite = Array.from(row.layers[exitLayer - 1]!).every(Number.isFinite);
        assert.equal(finite, !Number.isNaN(entropy));
        assert.ok(finite || exitReason === 'final');
      }),
      { numRuns: 1500 },
    );
  });

  it('takes one label for certain: it leaves at once for any T above 0, and T = 0 lets nothing out', () => {
    const row: PooledLayers = { kind: 'pooled', layers: [[3], [-2], [7]] };
    assert.deepEqual(followTrace(traceRow(row), { entropyThreshold: Number.MIN_VALUE, patience: 'off' }), {
      exitLayer: 1,
      exitReason: 'entropy',
    });
    assertAgrees(row, { entropyThreshold: 0, patience: 'off' });
    assertAgrees(row, { entropyThreshold: 0, patience: 1 });
  });

  it('never leaves later under a looser threshold or a smaller patience, for tagging rows too', () => {
    fc.assert(
      fc.property(fc.oneof(pooledOf(tied), taggingOf(tied)) as fc.Arbitrary<Layers>, policies, policies, (row, one, other) => {
        const value = (t: ExitPolicy['entropyThreshold']) => (t === 'off' ? -1 : t);
        const count = (p: ExitPolicy['patience']) => (p === 'off' ? 99 : p);
        const [t1, t2] = [one.entropyThreshold, other.entropyThreshold].toSorted((a, b) => value(a) - value(b));
        const [p1, p2] = [one.patience, other.patience].toSorted((a, b) => count(a) - count(b));
        const trace = traceRow(row);
        const tight = followTrace(trace, { entropyThreshold: t1!, patience: p2! }).exitLayer;
        const loose = followTrace(trace, { entropyThreshold: t2!, patience: p1! }).exitLayer;
        assert.ok(loose <= tight);
      }),
      { numRuns: 1500 },
    );
  });
});

describe('the exit rule on logits of real models', () => {
  for (const folder of ['test/fixtures/tiny-model', 'deploy/models/clinical-notes']) {
    it(`agrees with the plain reading on every row of ${folder}`, () => {
      const rows = referenceLayers(folder);
      assert.ok(rows.length > 0);
      const layers = rows[0]!.layers.length;
      for (const row of rows) {
        const [plain, trace] = [plainLayers({ decisions: decisionsOf(row) }), traceRow(row)];
        assertAgrees(row, { entropyThreshold: 0.3, patience: 2 });
        for (const entropyThreshold of ['off', 0, 0.001, 0.01, 0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 1] as const) {
          for (const patience of ['off', 1, 2, 3, 5, layers - 1, layers, layers + 7] as const) {
            const policy = { entropyThreshold, patience } as const;
            const { exitLayer, exitReason } = plainExit(plain, policy);
            assert.deepEqual(followTrace(trace, policy), { exitLayer, exitReason }, JSON.stringify(policy));
          }
        }
      }
    });
  }
});

/** Every layer's logits that a package's reference file holds, as PyTorch computed them. */
function referenceLayers(folder: string): Layers[] {
  const open = (file: string) => readFileSync(fileURLToPath(new URL(`../../../../${folder}/${file}`, import.meta.url)));
  const { tasks } = JSON.parse(open('manifest.json').toString('utf8'));
  const reference = JSON.parse(gunzipSync(open('reference.json.gz')).toString('utf8'));
  const groupSizes = tasks.flatMap(({ groups }: { groups: { labels: string[] }[] }) => groups.map(({ labels }) => labels.length));
  return reference.rows.map((row: { wordMask: number[] }, index: number): Layers => {
    const pooled = reference.pooledLogits[index];
    if (pooled !== null) return { kind: 'pooled', layers: pooled };
    const layers = reference.tagLogits[index].map((layer: number[][]) => layer.flat());
    return { kind: 'tagging', layers, groupSizes, wordMask: Uint8Array.from(row.wordMask) };
  });
}
