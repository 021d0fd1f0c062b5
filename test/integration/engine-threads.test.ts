import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NamedTensor } from '../../shared/adapters/engine/graph/tensors.ts';
import { ThreadPool } from '../../shared/adapters/engine/threads/thread-pool.ts';

const threadEntry = new URL('../fixtures/batch-threads/scripted.js', import.meta.url);

/** A batch's inputs whose first one tells the scripted thread what to do. */
const order = (name: string): NamedTensor[] => [{ name, type: 'float32', dims: [2], data: Float32Array.of(1, 2) }];

/** Orders for the first try, the second, ... */
const tries = (...names: string[]) => {
  let next = 0;
  return () => order(names[next++]!);
};

describe('ThreadPool', () => {
  let dir: string;
  let graphPath: string;
  let pool: ThreadPool;

  const start = (threads: number) => ThreadPool.start({ graphPath, provider: 'cpu', outputs: [], threads, threadEntry });

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'epee-threads-'));
    graphPath = join(dir, 'graph.onnx');
    await writeFile(graphPath, '');
    pool = await start(2);
  });

  afterEach(async () => {
    await pool.close();
    await rm(dir, { recursive: true });
  });

  it('runs batches on several threads and moves their buffers', async () => {
    const inputs = order('echo');
    const [first, second] = await Promise.all([pool.run(() => inputs), pool.run(tries('echo'))]);
    assert.notEqual(first.runMs, second.runMs);
    assert.deepEqual([...first.outputs[0]!.data], [1, 2]);
    assert.equal(inputs[0]!.data.byteLength, 0);
  });

  it('gives more batches than threads to whichever is free', async () => {
    const batches = await Promise.all(Array.from({ length: 20 }, () => pool.run(tries('echo'))));
    assert.equal(new Set(batches.map(({ runMs }) => runMs)).size, 2);
  });

  for (const fate of ['exit', 'throw']) {
    it(`replaces a thread that ends by ${fate} and tries its batch once more`, async () => {
      const single = await start(1);
      const { runMs: before } = await single.run(tries('echo'));
      const retried = await single.run(tries(fate, 'echo'));
      assert.deepEqual([...retried.outputs[0]!.data], [1, 2]);
      assert.notEqual(retried.runMs, before);
      await single.close();
    });
  }

  it('fails a batch that ends two threads, and only that one', async () => {
    const doomed = pool.run(tries('exit', 'throw', 'echo'));
    const others = Promise.all(Array.from({ length: 6 }, () => pool.run(tries('echo'))));
    await assert.rejects(doomed, { code: 'ENGINE_WORKER_DIED', message: /raised on purpose/ });
    assert.equal((await others).length, 6);
    await pool.run(tries('echo'));
  });

  it('outlives any number of batches that end their threads', async () => {
    for (let round = 0; round < 4; round++) await assert.rejects(pool.run(tries('exit', 'exit')), { code: 'ENGINE_WORKER_DIED' });
    await pool.run(tries('echo'));
  });

  it('tries a batch that the runtime failed once more, then gives it up', async () => {
    await pool.run(tries('fail', 'echo'));
    await assert.rejects(pool.run(tries('fail', 'fail', 'echo')), {
      code: 'ENGINE_RUN_FAILED',
      message: /failed twice on a batch: failed on purpose/,
    });
  });

  it('says why a graph does not load, and leaves no thread behind', async () => {
    await rm(graphPath);
    await assert.rejects(start(3), { code: 'MODEL_LOAD_FAILED', message: /cannot load .*graph\.onnx with provider cpu: no such graph/ });
  });

  it('gives up when no thread can be replaced, for the batches that wait and those to come', async () => {
    await rm(graphPath);
    const doomed = [pool.run(tries('exit', 'echo')), pool.run(tries('exit', 'echo')), pool.run(tries('echo'))];
    for (const batch of doomed) await assert.rejects(batch, { code: 'MODEL_LOAD_FAILED' });
    await assert.rejects(pool.run(tries('echo')), { code: 'MODEL_LOAD_FAILED' });
  });

  it('goes on trying to replace a thread, and forgives failed starts once one succeeds', async () => {
    const single = await start(1);
    for (let round = 0; round < 2; round++) {
      await writeFile(graphPath, '2');
      await single.run(tries('exit', 'echo'));
    }
    await single.close();
  });

  it('closes after the batches that wait and run', async () => {
    const batches = Array.from({ length: 6 }, () => pool.run(tries('echo')));
    let answered = 0;
    for (const batch of batches) void batch.then(() => answered++);
    await pool.close();
    assert.equal(answered, 6);
  });
});
