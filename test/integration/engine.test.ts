import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine, type LoadedEngine, openSweep, type SweepRow } from '@epee/engine';
import { decideExits, type ExitPolicy, FULL_DEPTH, layerEntropy } from '@epee/exits';
import type { Outcome, Row } from '@epee/model';
import { copyPackage, pseudoRandom, randomPolicy, readReference, referenceRows, TINY_MODEL } from './engine-fixture.ts';

const TOLERANCE = 1e-4;
const reference = readReference(TINY_MODEL);

/** Largest difference between two lists of numbers; infinite if their lengths differ. */
function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  return Array.from(a).reduce((most, value, index) => Math.max(most, Math.abs(value - b[index]!)), 0);
}

/** Everything in an outcome that does not depend on time or company. */
function answerOf(outcome: Outcome): unknown[] {
  if (outcome.kind === 'failed') return [outcome.id, outcome.error.code];
  const { id, task, exitLayer, exitReason } = outcome;
  return [id, task, exitLayer, exitReason, outcome.kind === 'pooled' ? outcome.label : outcome.tags.map((tags) => [...tags])];
}

describe('engine on the tiny model', () => {
  let engine: LoadedEngine;
  let rows: Row[];
  let layers: SweepRow[];

  before(async () => {
    engine = await createEngine({ modelDir: TINY_MODEL, threads: 2 });
    rows = referenceRows(reference, (name) => engine.model.tasks.find((task) => task.name === name)!.kind);
    const sweep = await openSweep(TINY_MODEL);
    layers = await sweep.run(rows);
    await sweep.close();
  });

  after(() => engine.close());

  /** Whether a row's way out hangs on less than rounding: some layer's entropy lies at the threshold. */
  const isKnifeEdge = (row: SweepRow, { entropyThreshold }: ExitPolicy) =>
    entropyThreshold !== 'off' && row.layers.some((_, layer) => Math.abs(layerEntropy(row, layer) - entropyThreshold) < TOLERANCE);

  it('sweeps every layer’s logits as PyTorch does', () => {
    assert.ok(rows.length > 0);
    for (const [index, row] of layers.entries()) {
      const expected =
        row.kind === 'pooled'
          ? reference.pooledLogits[index]!
          : reference.tagLogits[index]!.map((layer) => layer.slice(0, rows[index]!.tokenIds.length));
      assert.equal(row.layers.length, expected.length);
      for (const [layer, logits] of row.layers.entries()) {
        assert.ok(difference(logits, expected[layer]!.flat()) < TOLERANCE, `row ${index}, layer ${layer + 1}`);
      }
    }
  });

  it('leaves where PyTorch leaves, with its answer, for policies side by side in one batch', async () => {
    const policies = reference.cases.map(({ row, entropyThreshold, patience }, index) => ({
      ...rows[row]!,
      id: `${index}`,
      policy: { entropyThreshold, patience },
    }));
    const outcomes = await engine.run(policies, FULL_DEPTH);
    assert.ok(new Set(reference.cases.map(({ exitReason }) => exitReason)).size === 3, 'the cases show all three reasons');
    for (const [index, outcome] of outcomes.entries()) {
      const expected = reference.cases[index]!;
      assert.ok(outcome.kind !== 'failed');
      assert.deepEqual([outcome.exitLayer, outcome.exitReason], [expected.exitLayer, expected.exitReason], `case ${index}`);
      if (outcome.kind === 'pooled') {
        assert.equal(outcome.label, engine.model.tasks.find(({ name }) => name === outcome.task)?.labels[expected.label!]);
        assert.ok(difference(outcome.logits, reference.pooledLogits[expected.row]![expected.exitLayer - 1]!) < TOLERANCE);
      } else {
        const { wordMask } = rows[expected.row]!;
        for (const [group, tags] of outcome.tags.entries()) {
          const onWords = (values: ArrayLike<number>) => Array.from(values).filter((_, token) => wordMask![token] === 1);
          assert.deepEqual(onWords(tags), onWords(Array.from(tags, (_, token) => expected.tagIds![token]![group]!)), `case ${index}`);
        }
      }
    }
  });

  it('leaves where the exit rule says, for any policy on any row', async () => {
    const random = pseudoRandom(7);
    const drawn = Array.from({ length: 400 }, (_, index) => {
      const source = Math.floor(random() * rows.length);
      return { source, row: { ...rows[source]!, id: `${index}`, policy: randomPolicy(random, engine.model.layers) } };
    }).filter(({ source, row }) => !isKnifeEdge(layers[source]!, row.policy));
    assert.ok(drawn.length > 300);
    const outcomes = await engine.run(
      drawn.map(({ row }) => row),
      FULL_DEPTH,
    );
    for (const [index, outcome] of outcomes.entries()) {
      const { source, row } = drawn[index]!;
      const expected = decideExits(layers[source]!, row.policy);
      assert.ok(outcome.kind !== 'failed');
      assert.deepEqual([outcome.exitLayer, outcome.exitReason], [expected.exitLayer, expected.exitReason], JSON.stringify(row.policy));
      assert.ok(Math.abs(outcome.entropy - expected.entropy) < TOLERANCE);
      if (outcome.kind === 'tagging' && expected.answer.kind === 'tagging') assert.deepEqual(outcome.tags, expected.answer.tags);
      if (outcome.kind === 'tagging')
        assert.ok(outcome.confidences.every((group) => group.every((value) => value >= 0 && value <= 1 + TOLERANCE)));
    }
  });

  it('gives a row the same answer alone, in company and in any order', async () => {
    const random = pseudoRandom(11);
    const policies = rows.map((_, index) => {
      let policy: ExitPolicy;
      do policy = randomPolicy(random, engine.model.layers);
      while (isKnifeEdge(layers[index]!, policy));
      return policy;
    });
    const withPolicies = rows.map((row, index) => ({ ...row, policy: policies[index]! }));
    const together = (await engine.run(withPolicies, FULL_DEPTH)).map(answerOf);
    const alone = [];
    for (const row of withPolicies) alone.push(...(await engine.run([row], FULL_DEPTH)).map(answerOf));
    const shuffled = withPolicies.map((row) => ({ row, key: random() })).toSorted((a, b) => a.key - b.key);
    const mixed = await engine.run(
      shuffled.map(({ row }) => row),
      FULL_DEPTH,
    );
    assert.deepEqual(together, alone);
    assert.deepEqual(
      mixed.map(({ id }) => id),
      shuffled.map(({ row }) => row.id),
    );
    assert.deepEqual(mixed.toSorted((a, b) => Number(a.id) - Number(b.id)).map(answerOf), together);
  });

  it('follows the run’s policy unless a row has its own', async () => {
    const [first] = rows;
    const sure = { entropyThreshold: 'off', patience: 1 } as const;
    const [own, runs] = await engine.run([{ ...first!, policy: FULL_DEPTH }, first!], sure);
    assert.ok(own?.kind !== 'failed' && own?.exitLayer === engine.model.layers);
    assert.ok(runs?.kind !== 'failed' && runs!.exitLayer === decideExits(layers[0]!, sure).exitLayer);
  });

  it('answers concurrent calls each with its own rows', async () => {
    const expected = (await engine.run(rows, FULL_DEPTH)).map(answerOf);
    const calls = await Promise.all(Array.from({ length: 8 }, (_, call) => engine.run(rows.slice(call, call + 5), FULL_DEPTH)));
    for (const [call, outcomes] of calls.entries()) assert.deepEqual(outcomes.map(answerOf), expected.slice(call, call + 5));
  });

  it('shares its time out to the rows: by depth where lengths are equal', async () => {
    const [row] = rows;
    const [shallow, deep] = await engine.run(
      [
        { ...row!, policy: { entropyThreshold: 'off', patience: 1 } },
        { ...row!, policy: FULL_DEPTH },
      ],
      FULL_DEPTH,
    );
    assert.ok(shallow?.kind !== 'failed' && deep?.kind !== 'failed');
    assert.ok(shallow!.computeMs > 0 && shallow!.queueMs >= 0);
    assert.ok(Math.abs(shallow!.computeMs / deep!.computeMs - shallow!.exitLayer / deep!.exitLayer) < 1e-9);
  });

  it('fails rows that cannot run and answers the others', async () => {
    const good = rows.slice(0, 3);
    const bad: Row = { id: 'bad', task: good[0]!.task, tokenIds: Int32Array.of(-1) };
    const outcomes = await engine.run([good[0]!, bad, good[1]!, { ...bad, task: 'none' }, good[2]!], FULL_DEPTH);
    assert.deepEqual(
      outcomes.map((outcome) => (outcome.kind === 'failed' ? outcome.error.code : outcome.id)),
      ['0', 'ENGINE_ROW_INVALID', '1', 'ENGINE_ROW_INVALID', '2'],
    );
  });

  it('answers nearly the same in 8-bit arithmetic', async () => {
    const int8 = await createEngine({ modelDir: TINY_MODEL, threads: 1, precision: 'int8' });
    const outcomes = await int8.run(rows, FULL_DEPTH);
    await int8.close();
    assert.equal(int8.model.precision, 'int8');
    for (const [index, outcome] of outcomes.entries()) {
      assert.ok(outcome.kind !== 'failed' && outcome.exitLayer === engine.model.layers);
      const last = layers[index]!;
      assert.ok(Math.abs(outcome.entropy - layerEntropy(last, last.layers.length - 1)) < 0.1, `row ${index}`);
    }
  });

  it('finishes what it was given when it closes, then takes no more', async () => {
    const closing = await createEngine({ modelDir: TINY_MODEL, threads: 1, lingerMs: 60_000 });
    const call = closing.run(rows.slice(0, 2), FULL_DEPTH);
    await Promise.all([closing.close(), closing.close()]);
    assert.equal((await call).length, 2);
    assert.deepEqual(closing.load(), { queuedTokens: 0, runningBatches: 0 });
    await assert.rejects(closing.run(rows, FULL_DEPTH), { code: 'ENGINE_CLOSED' });
  });

  it('refuses an invalid row in a sweep', async () => {
    const sweep = await openSweep(TINY_MODEL);
    await assert.rejects(sweep.run([{ id: 'x', task: 'none', tokenIds: Int32Array.of(1) }]), { code: 'ENGINE_ROW_INVALID' });
    await sweep.close();
  });
});

describe('engine on other packages', () => {
  let parent: string;
  let modelDir: string;

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'epee-engine-'));
    modelDir = join(parent, 'model');
  });

  afterEach(() => rm(parent, { recursive: true }));

  const edited = (edit: (manifest: ReturnType<typeof JSON.parse>) => unknown) => (bytes: Buffer) => {
    const manifest = JSON.parse(bytes.toString('utf8'));
    edit(manifest);
    return JSON.stringify(manifest);
  };
  const open = () => createEngine({ modelDir, threads: 1 });

  it('refuses weights with one bit turned', async () => {
    await copyPackage(modelDir, {});
    const weights = await readFile(join(modelDir, 'weights.bin'));
    weights[weights.length >> 1]! ^= 1;
    await writeFile(join(modelDir, 'weights.bin'), weights);
    await assert.rejects(open(), { code: 'MODEL_DIGEST_MISMATCH', message: /weights\.bin has SHA-256/ });
  });

  it('refuses a graph that the runtime cannot read', async () => {
    await copyPackage(modelDir, { 'exit.fp32.onnx': () => 'not a graph' });
    await assert.rejects(open(), { code: 'MODEL_LOAD_FAILED', message: /exit\.fp32\.onnx/ });
  });

  it('refuses a graph of the other kind', async () => {
    await copyPackage(modelDir, { 'manifest.json': edited(({ graphs }) => Object.assign(graphs, { fp32: graphs.sweep })) });
    await assert.rejects(open(), {
      code: 'MODEL_INVALID',
      message: /sweep\.fp32\.onnx does not fit the manifest: .*entropy_threshold/,
    });
  });

  it('refuses labels that the graph does not have', async () => {
    await copyPackage(modelDir, {
      'manifest.json': edited(({ tasks }) =>
        tasks.find((task: { kind: string }) => task.kind === 'classification').labels.push('one-more'),
      ),
    });
    await assert.rejects(open(), { code: 'MODEL_INVALID', message: /pooled_logits/ });
  });

  it('refuses another number of layers', async () => {
    await copyPackage(modelDir, { 'manifest.json': edited(({ backbone }) => Object.assign(backbone, { layers: backbone.layers + 1 })) });
    await assert.rejects(open(), { code: 'MODEL_INVALID', message: /the manifest says/ });
    await assert.rejects(openSweep(modelDir), { code: 'MODEL_INVALID', message: /all_pooled_logits/ });
  });

  it('replaces a thread that dies in the middle of a batch and answers all the same', async () => {
    await copyPackage(modelDir, {});
    await writeFile(`${modelDir}.deaths`, '1');
    const engine = await createEngine({
      modelDir,
      threads: 1,
      threadEntry: new URL('../fixtures/batch-threads/mortal.js', import.meta.url),
    });
    const [row] = referenceRows(reference, (name) => engine.model.tasks.find((task) => task.name === name)!.kind);
    const outcomes = await engine.run(Array<Row>(13).fill(row!), FULL_DEPTH);
    await engine.close();
    assert.equal(await readFile(`${modelDir}.deaths`, 'utf8'), '0');
    assert.ok(outcomes.every(({ kind }) => kind !== 'failed'));
  });

  it('fails the rows of a batch that two threads did not survive, and runs on', async () => {
    await copyPackage(modelDir, {});
    await writeFile(`${modelDir}.deaths`, '2');
    const engine = await createEngine({
      modelDir,
      threads: 1,
      threadEntry: new URL('../fixtures/batch-threads/mortal.js', import.meta.url),
    });
    const [row] = referenceRows(reference, (name) => engine.model.tasks.find((task) => task.name === name)!.kind);
    const outcomes = await engine.run(Array<Row>(13).fill(row!), FULL_DEPTH);
    const [later] = await engine.run([row!], FULL_DEPTH);
    await engine.close();
    assert.deepEqual(new Set(outcomes.map((outcome) => outcome.kind === 'failed' && outcome.error.code)), new Set(['ENGINE_WORKER_DIED']));
    assert.notEqual(later?.kind, 'failed');
  });
});
