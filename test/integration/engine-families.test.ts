import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { createEngine, createImageEngine, openGraphRunner, openImageSweep, openSweep, type Sweep } from '@epee/engine';
import { FULL_DEPTH } from '@epee/exits';
import type { AnyRow, Engine, LoadedModel } from '@epee/model';
import { type Reference, readReference, referenceRows, TINY_MODEL } from './engine-fixture.ts';

const TOLERANCE = 1e-4;
const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));

interface Opened {
  readonly engine: Engine<AnyRow>;
  readonly sweep: Sweep<AnyRow>;
  readonly rowsOf: (reference: Reference) => AnyRow[];
}

const kindOf = (model: LoadedModel) => (name: string) => model.tasks.find((task) => task.name === name)!.kind;

async function openText(modelDir: string): Promise<Opened> {
  const engine = await createEngine({ modelDir, threads: 2 });
  const sweep = await openSweep(modelDir);
  // The reference holds rows of the model's own kind alone.
  return {
    engine: engine as Engine<AnyRow>,
    sweep: sweep as Sweep<AnyRow>,
    rowsOf: (reference) => referenceRows(reference, kindOf(engine.model)),
  };
}

async function openImages(modelDir: string): Promise<Opened> {
  const engine = await createImageEngine({ modelDir, threads: 2 });
  const sweep = await openImageSweep(modelDir);
  const rowsOf = ({ rows }: Reference) =>
    (rows as unknown as readonly { task: string; pixels: number[] }[]).map(({ task, pixels }, index) => ({
      id: String(index),
      task,
      pixels: Float32Array.from(pixels),
    }));
  return { engine: engine as Engine<AnyRow>, sweep: sweep as Sweep<AnyRow>, rowsOf };
}

const difference = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  a.length === b.length
    ? Array.from(a).reduce((most, value, index) => Math.max(most, Math.abs(value - b[index]!)), 0)
    : Number.POSITIVE_INFINITY;

for (const [family, open] of [
  ['albert', openText],
  ['gpt2', openText],
  ['vit', openImages],
] as const) {
  describe(`engine on a tiny ${family} model`, () => {
    const modelDir = fixture(`tiny-${family}`);
    const reference = readReference(modelDir);
    let opened: Opened;
    let rows: AnyRow[];

    before(async () => {
      opened = await open(modelDir);
      rows = opened.rowsOf(reference);
    });

    after(async () => {
      await opened.engine.close();
      await opened.sweep.close();
    });

    it('sweeps every layer’s logits as PyTorch does', async () => {
      const layers = await opened.sweep.run(rows);
      assert.ok(layers.length > 0);
      for (const [index, row] of layers.entries()) {
        const expected = row.kind === 'pooled' ? reference.pooledLogits[index]! : reference.tagLogits[index]!;
        for (const [layer, logits] of row.layers.entries())
          assert.ok(difference(logits, expected[layer]!.flat()) < TOLERANCE, `row ${index}`);
      }
    });

    it('leaves where PyTorch leaves, with its answer, for policies side by side in one batch', async () => {
      const asked = reference.cases.map(({ row, entropyThreshold, patience }, index) => ({
        ...rows[row]!,
        id: `${index}`,
        policy: { entropyThreshold, patience },
      }));
      const outcomes = await opened.engine.run(asked, FULL_DEPTH);
      assert.ok(new Set(reference.cases.map(({ exitReason }) => exitReason)).size === 3, 'the cases show all three reasons');
      for (const [index, outcome] of outcomes.entries()) {
        const expected = reference.cases[index]!;
        assert.ok(outcome.kind !== 'failed', outcome.kind === 'failed' ? outcome.error.message : '');
        assert.deepEqual([outcome.exitLayer, outcome.exitReason], [expected.exitLayer, expected.exitReason], `case ${index}`);
        if (outcome.kind === 'pooled') {
          assert.ok(difference(outcome.logits, reference.pooledLogits[expected.row]![expected.exitLayer - 1]!) < TOLERANCE);
          assert.equal(outcome.label, opened.engine.model.tasks.find(({ name }) => name === outcome.task)?.labels[expected.label!]);
        } else {
          const { wordMask } = reference.rows[expected.row]!;
          for (const [token, tags] of expected.tagIds!.entries()) {
            if (wordMask[token] === 1)
              assert.deepEqual(
                outcome.tags.map((group) => group[token]),
                tags,
                `case ${index}`,
              );
          }
        }
      }
    });

    it('answers a row alone as among others', async () => {
      const together = await opened.engine.run(rows, { entropyThreshold: 0.9, patience: 2 });
      for (const [index, row] of rows.entries()) {
        const [alone] = await opened.engine.run([row], { entropyThreshold: 0.9, patience: 2 });
        const among = together[index]!;
        assert.ok(alone !== undefined && alone.kind !== 'failed' && among.kind !== 'failed');
        assert.deepEqual([alone.exitLayer, alone.exitReason], [among.exitLayer, among.exitReason]);
        assert.ok(Math.abs(alone.entropy - among.entropy) < 1e-5);
      }
    });

    it('runs its 8-bit and plain graphs', async () => {
      for (const graph of ['exit', 'plain'] as const) {
        const runner = await openGraphRunner({ modelDir, graph, precision: 'int8' });
        const { exitLayers } = await runner.runBatch(rows, FULL_DEPTH);
        assert.deepEqual(
          exitLayers,
          rows.map(() => 3),
        );
        await runner.close();
      }
    });
  });
}

describe('engines for the other kind of row', () => {
  it('are refused, and the refusal says which kind the model reads', async () => {
    await assert.rejects(createEngine({ modelDir: fixture('tiny-vit') }), {
      code: 'MODEL_INVALID',
      message: /Model tiny-vit \(vit\) of .* reads images, but a model that reads texts is needed/,
    });
    await assert.rejects(createImageEngine({ modelDir: TINY_MODEL }), {
      code: 'MODEL_INVALID',
      message: /\(bert\) of .* reads texts, but a model that reads images is needed/,
    });
  });
});
