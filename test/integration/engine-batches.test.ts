import assert from 'node:assert/strict';
import { createEngine, type LoadedEngine, openSweep, type PrecisionChoice, type SweepRow } from '@epee/engine';
import { type ExitPolicy, FULL_DEPTH, followTrace, type RowTrace, traceRow } from '@epee/exits';
import type { Outcome, Row } from '@epee/model';
import { pseudoRandom, randomPolicy, readReference, referenceRows, TINY_MODEL } from './engine-fixture.ts';

/** How far logits of one row may differ between batches, and how close to a threshold rounding may decide. */
const LOGITS = 1e-5;
const EDGE = 1e-4;
const ROWS = 128;

/** A row's way out and answer. */
const exitOf = (outcome: Outcome) => {
  assert.ok(outcome.kind !== 'failed');
  const { id, exitLayer, exitReason } = outcome;
  return { id, exitLayer, exitReason, answer: outcome.kind === 'pooled' ? outcome.label : outcome.tags.map((tags) => [...tags]) };
};

describe('rows in batches of any size', () => {
  let alone: LoadedEngine;
  let together: LoadedEngine;
  let rows: Row[];
  let traces: RowTrace[];

  before(async () => {
    const large = { batchTokens: 1_000_000, maxQueuedTokens: 1_000_000, threads: 1 };
    alone = await createEngine({ modelDir: TINY_MODEL, threads: 1, batchRows: 1, lingerMs: 0 });
    together = await createEngine({ modelDir: TINY_MODEL, ...large, batchRows: ROWS, lingerMs: 1000 });
    const sweep = await openSweep(TINY_MODEL);
    const known = referenceRows(readReference(TINY_MODEL), (name) => sweep.model.tasks.find((task) => task.name === name)!.kind);
    const layers: SweepRow[] = await sweep.run(known);
    await sweep.close();
    const random = pseudoRandom(23);
    const drawn = Array.from({ length: 2 * ROWS }, (_, index) => {
      const source = Math.floor(random() * known.length);
      return {
        row: { ...known[source]!, id: `${index}`, policy: randomPolicy(random, sweep.model.layers) },
        trace: traceRow(layers[source]!),
      };
    }).filter(({ row, trace }) => !onTheEdge(trace, row.policy));
    assert.ok(drawn.length >= ROWS);
    rows = drawn.slice(0, ROWS).map(({ row }) => row);
    traces = drawn.slice(0, ROWS).map(({ trace }) => trace);
  });

  after(() => Promise.all([alone.close(), together.close()]));

  it('leave at the same layer with the same answer at batch 1 and 128, in any order, with logits equal to 1e-5', async () => {
    const single = await alone.run(rows, FULL_DEPTH);
    const order = rows.map((_, index) => index).toReversed();
    const [full, reversed] = await Promise.all([
      together.run(rows, FULL_DEPTH),
      together.run(
        order.map((index) => rows[index]!),
        FULL_DEPTH,
      ),
    ]);
    assert.deepEqual(full.map(exitOf), single.map(exitOf));
    assert.deepEqual(reversed.toReversed().map(exitOf), single.map(exitOf));
    for (const [index, one] of single.entries()) {
      const [other, again] = [full[index]!, reversed.toReversed()[index]!];
      if (one.kind !== 'pooled' || other.kind !== 'pooled' || again.kind !== 'pooled') continue;
      for (const [label, logit] of one.logits.entries()) {
        assert.ok(Math.abs(logit - other.logits[label]!) < LOGITS && Math.abs(logit - again.logits[label]!) < LOGITS, `row ${index}`);
      }
    }
    assert.equal(new Set(single.map((outcome) => exitOf(outcome).exitReason)).size, 3, 'all three reasons occur');
  });

  it('never leave later under a looser threshold or a smaller patience', async () => {
    const loosened = rows.map((row, index) => ({ ...row, policy: looser(row.policy!, index) }));
    const [tight, loose] = await Promise.all([together.run(rows, FULL_DEPTH), together.run(loosened, FULL_DEPTH)]);
    for (const [index, outcome] of tight.entries()) {
      assert.ok(
        exitOf(loose[index]!).exitLayer <= exitOf(outcome).exitLayer,
        JSON.stringify([rows[index]!.policy, loosened[index]!.policy]),
      );
    }
  });

  it('leave as the trace of their logits says', async () => {
    const outcomes = await together.run(rows, FULL_DEPTH);
    for (const [index, outcome] of outcomes.entries()) {
      const { exitLayer, exitReason } = exitOf(outcome);
      assert.deepEqual({ exitLayer, exitReason }, followTrace(traces[index]!, rows[index]!.policy!));
    }
  });
});

/** Loosens one criterion in turn; what is off may be turned on. */
function looser({ entropyThreshold, patience }: ExitPolicy, turn: number): ExitPolicy {
  if (turn % 2 === 0) return { entropyThreshold: entropyThreshold === 'off' ? 0.5 : Math.min(1, entropyThreshold + 0.2), patience };
  return { entropyThreshold, patience: patience === 'off' ? 2 : Math.max(1, patience - 1) };
}

function onTheEdge({ entropies }: RowTrace, { entropyThreshold }: ExitPolicy): boolean {
  return entropyThreshold !== 'off' && entropies.some((entropy) => Math.abs(entropy - entropyThreshold) < EDGE);
}

describe('precision auto', () => {
  it('measures both graphs at start, takes the faster and says what both took', async () => {
    const told: PrecisionChoice[] = [];
    const engine = await createEngine({ modelDir: TINY_MODEL, threads: 1, precision: 'auto', onPrecision: (choice) => told.push(choice) });
    await engine.close();
    const [{ precision, fp32Ms, int8Ms }] = told as [PrecisionChoice];
    assert.ok(fp32Ms > 0 && int8Ms > 0);
    assert.equal(precision, int8Ms < fp32Ms ? 'int8' : 'fp32');
    assert.equal(engine.model.precision, precision);
  });
});
