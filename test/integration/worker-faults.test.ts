import assert from 'node:assert/strict';
import type { KillPoint } from './worker-support/child.ts';
import { fakeExtractor } from './worker-support/fake-extractor.ts';
import { eventually, openScene, type Scene } from './worker-support/scene.ts';
import { type ChildWorker, spawnChild } from './worker-support/spawn-child.ts';
import { startTestWorker } from './worker-support/start.ts';

const NOTES = 240;

describe('worker under faults', function () {
  this.timeout(120_000);
  let scene: Scene;
  const children: ChildWorker[] = [];

  beforeEach(async () => {
    scene = await openScene({ sessionTimeoutMs: 6000 });
  });

  afterEach(async () => {
    for (const child of children.splice(0)) {
      child.process.kill('SIGKILL');
      await child.ended;
    }
    await scene?.close();
  });

  const child = (plan: { killAt: KillPoint | null; killAtCall: number; delayMs: number; freezeMs?: number }) => {
    const spawned = spawnChild({ options: scene.options, ...plan });
    children.push(spawned);
    return spawned;
  };

  /** Every document has exactly one result among the committed records, each partition's results follow the notes' order, and the group has read everything. */
  async function assertEachOnce(count: number): Promise<void> {
    const { topics, consumer } = scene.options;
    const results = await scene.readAll(topics.results);
    const seen = results.map(({ key }) => String(key));
    assert.equal(seen.length, new Set(seen).size, 'no document has two results');
    assert.deepEqual([...seen].sort(), Array.from({ length: count }, (_, at) => `doc-${at}`).sort());
    assert.equal((await scene.readAll(topics.deadLetters)).length, 0);
    const lag = await scene.admin.lag(consumer.group, topics.notes);
    assert.deepEqual(
      lag.map((entry) => entry.lag),
      lag.map(() => 0n),
    );
  }

  async function finish(watcher: { of(topic: string): unknown[] }): Promise<void> {
    const worker = await startTestWorker(scene);
    await eventually('all results', () => (watcher.of(scene.options.topics.results).length >= NOTES ? true : undefined), 90_000);
    await worker.stop();
  }

  for (const [killAt, killAtCall] of [
    ['extract', 4],
    ['before-commit', 3],
    ['during-commit', 3],
    ['after-commit', 3],
  ] as const) {
    it(`completes each note once after a SIGKILL at ${killAt}`, async () => {
      await scene.publishNotes(NOTES);
      const watcher = await scene.watch();
      const victim = child({ killAt, killAtCall, delayMs: 20 });
      assert.equal((await victim.ended).signal, 'SIGKILL', victim.errors());
      await finish(watcher);
      await assertEachOnce(NOTES);
    });
  }

  it('refuses the commit of a worker that was frozen past its session while another took over', async () => {
    await scene.publishNotes(NOTES);
    const watcher = await scene.watch();
    const zombie = child({ killAt: null, killAtCall: 0, delayMs: 5, freezeMs: 15_000 });
    await eventually('frozen', () => zombie.messages.includes('frozen') || undefined);
    const heir = await startTestWorker(scene, fakeExtractor({ delayMs: 5 }));
    await eventually('all results', () => (watcher.of(scene.options.topics.results).length >= NOTES ? true : undefined), 60_000);
    assert.deepEqual(zombie.messages, ['frozen'], 'the other had it all done before the first woke up');
    const outcome = await eventually('the outcome of its commit', () => zombie.messages[1]);
    assert.equal(outcome, 'KAFKA_FENCED');
    await scene.publishNotes(60, NOTES);
    await eventually('later results', () => (watcher.of(scene.options.topics.results).length >= NOTES + 60 ? true : undefined), 60_000);
    await heir.stop();
    zombie.process.kill('SIGTERM');
    assert.deepEqual(await zombie.ended, { code: 0, signal: null }, zombie.errors());
    await assertEachOnce(NOTES + 60);
  });

  it('answers each note once while workers come and go', async () => {
    await scene.publishNotes(NOTES);
    const watcher = await scene.watch();
    const results = () => watcher.of(scene.options.topics.results).length;
    const slow = () => fakeExtractor({ delayMs: 150 });
    const first = await startTestWorker(scene, slow());
    await eventually('first results', () => (results() > 0 ? true : undefined));
    const second = await startTestWorker(scene, slow());
    await scene.publishNotes(NOTES, NOTES);
    await eventually('more results', () => (results() > NOTES / 2 ? true : undefined));
    await first.stop();
    const third = await startTestWorker(scene, slow());
    await eventually('all results', () => (results() >= 2 * NOTES ? true : undefined), 90_000);
    await Promise.all([second.stop(), third.stop()]);
    await Promise.all([first.done, second.done, third.done]);
    await assertEachOnce(2 * NOTES);
  });

  it('exits 0 on SIGTERM in the middle of its work, and what it left is completed once', async () => {
    await scene.publishNotes(NOTES);
    const watcher = await scene.watch();
    const worker = child({ killAt: null, killAtCall: 0, delayMs: 150 });
    await eventually('first results', () => (watcher.records.length > 0 ? true : undefined));
    worker.process.kill('SIGTERM');
    assert.deepEqual(await worker.ended, { code: 0, signal: null }, worker.errors());
    assert.ok(watcher.records.length < NOTES, 'it stopped before it was done');
    await finish(watcher);
    await assertEachOnce(NOTES);
  });
});
