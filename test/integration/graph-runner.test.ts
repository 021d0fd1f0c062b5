import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type GraphRunner, openGraphRunner } from '@epee/engine';
import { type ExitPolicy, FULL_DEPTH } from '@epee/exits';
import { copyPackage, readReference, referenceRows, TINY_MODEL } from './engine-fixture.ts';

const reference = readReference(TINY_MODEL);
const { tasks } = JSON.parse(readFileSync(join(TINY_MODEL, 'manifest.json'), 'utf8'));
const rows = referenceRows(reference, (name) => tasks.find((task: { name: string }) => task.name === name).kind);
const EAGER: ExitPolicy = { entropyThreshold: 'off', patience: 1 };

describe('graphs for measurements', () => {
  const open: GraphRunner[] = [];
  const runner = async (graph: 'exit' | 'plain', precision: 'fp32' | 'int8') => {
    const opened = await openGraphRunner({ modelDir: TINY_MODEL, graph, precision });
    open.push(opened);
    return opened;
  };
  afterEach(() => Promise.all(open.splice(0).map((one) => one.close())));

  for (const precision of ['fp32', 'int8'] as const) {
    it(`runs the exit graph under a policy and without, ${precision}`, async () => {
      const exit = await runner('exit', precision);
      const full = await exit.runBatch(rows, FULL_DEPTH);
      assert.deepEqual(
        [...full.exitLayers],
        rows.map(() => 3),
      );
      assert.ok(full.runMs > 0);
      const early = await exit.runBatch(rows, EAGER);
      assert.ok(early.exitLayers.some((layer) => layer < 3));
    });

    it(`runs the plain graph on the same rows, ${precision}`, async () => {
      const plain = await runner('plain', precision);
      const { exitLayers, runMs } = await plain.runBatch(rows, EAGER);
      assert.deepEqual(
        [...exitLayers],
        rows.map(() => 3),
      );
      assert.ok(runMs > 0);
    });
  }

  it('leaves where the reference cases leave', async () => {
    const exit = await runner('exit', 'fp32');
    for (const { row, entropyThreshold, patience, exitLayer } of reference.cases) {
      const { exitLayers } = await exit.runBatch([rows[row]!], { entropyThreshold, patience });
      assert.deepEqual([...exitLayers], [exitLayer]);
    }
  });

  it('says so where a package has no plain graph', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'epee-package-'));
    try {
      await copyPackage(dir, {
        'manifest.json': (bytes) => {
          const manifest = JSON.parse(bytes.toString('utf8'));
          delete manifest.graphs.plain;
          return JSON.stringify(manifest);
        },
      });
      await assert.rejects(openGraphRunner({ modelDir: dir, graph: 'plain', precision: 'fp32' }), {
        code: 'MODEL_INVALID',
        message: /has no plain graph \(fp32\)/,
      });
    } finally {
      await rm(dir, { recursive: true });
    }
  });
});
