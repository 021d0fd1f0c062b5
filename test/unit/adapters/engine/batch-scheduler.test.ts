import assert from 'node:assert/strict';
import { EpeeError } from '@epee/errors';
import type { Outcome } from '@epee/model';
import fc from 'fast-check';
import { type BatchRow, BatchScheduler, type SchedulerOptions } from '../../../../shared/adapters/engine/schedule/batch-scheduler.ts';
import { packed, sectionRow } from './fixtures.ts';

interface Batch {
  readonly rows: readonly BatchRow[];
  readonly finish: (outcomes?: Outcome[]) => void;
  readonly fail: (error: unknown) => void;
}

const outcomeOf = ({ row }: BatchRow): Outcome => ({
  kind: 'failed',
  id: row.id,
  task: row.task,
  error: new EpeeError('INTERNAL', 'stands for an answer', { stage: 'engine' }),
});

/** A scheduler with a clock and an executor that the test controls. */
function rig(options: Partial<SchedulerOptions> = {}) {
  let clock = 0;
  const timers: { at: number; wake: () => void }[] = [];
  const batches: Batch[] = [];
  const scheduler = new BatchScheduler({
    execute: (rows) =>
      new Promise((resolve, reject) => {
        batches.push({ rows, finish: (outcomes = rows.map(outcomeOf)) => resolve(outcomes), fail: reject });
      }),
    slots: 1,
    limits: { maxTokens: 100, maxRows: 8, overheadTokens: 0 },
    lingerMs: 10,
    maxQueuedTokens: 1000,
    now: () => clock,
    setTimer: (wake, delayMs) => timers.push({ at: clock + delayMs, wake }),
    ...options,
  });
  const advance = (ms: number) => {
    clock += ms;
    for (const timer of timers.splice(0)) timer.at <= clock ? timer.wake() : timers.push(timer);
  };
  const submit = (...rows: (readonly [string, number])[]) => scheduler.submit(rows.map(([id, tokens]) => packed(sectionRow(id, tokens))));
  const submitAs = (user: string, place: number, ...rows: (readonly [string, number])[]) =>
    scheduler.submit(
      rows.map(([id, tokens]) => packed(sectionRow(id, tokens))),
      { user, place },
    );
  const ids = () => batches.map(({ rows }) => rows.map(({ row }) => row.id).join(''));
  return { scheduler, batches, advance, submit, submitAs, ids, settle: () => new Promise(setImmediate) };
}

describe('BatchScheduler', () => {
  it('lets rows of concurrent calls share a batch after the linger, and answers each call in its order', async () => {
    const { submit, advance, ids, batches } = rig();
    const first = submit(['a', 5], ['b', 5]);
    advance(4);
    const second = submit(['c', 5]);
    advance(5);
    assert.deepEqual(ids(), []);
    advance(1);
    assert.deepEqual(ids(), ['abc']);
    assert.deepEqual(
      batches[0]!.rows.map(({ queueMs }) => queueMs),
      [10, 10, 6],
    );
    batches[0]!.finish();
    assert.deepEqual(
      (await first).map(({ id }) => id),
      ['a', 'b'],
    );
    assert.deepEqual(
      (await second).map(({ id }) => id),
      ['c'],
    );
  });

  it('does not wait when the tokens or rows of a batch are full', () => {
    const byTokens = rig();
    void byTokens.submit(['a', 50], ['b', 50]);
    assert.deepEqual(byTokens.ids(), ['ab']);
    const byRows = rig({ limits: { maxTokens: 100, maxRows: 2, overheadTokens: 0 } });
    void byRows.submit(['a', 1], ['b', 1]);
    assert.deepEqual(byRows.ids(), ['ab']);
  });

  it('runs no more batches at a time than there are slots', async () => {
    const { submit, ids, batches, settle, scheduler } = rig();
    void submit(['a', 100], ['b', 100], ['c', 100]);
    assert.deepEqual(ids(), ['a']);
    assert.deepEqual(scheduler.load(), { queuedTokens: 300, runningBatches: 1 });
    batches[0]!.finish();
    await settle();
    assert.deepEqual(ids(), ['a', 'b']);
    assert.deepEqual(scheduler.load(), { queuedTokens: 200, runningBatches: 1 });
  });

  it('batches rows of similar length with the row that has waited longest', async () => {
    const { submit, ids, batches, settle } = rig({ lingerMs: 0 });
    void submit(['x', 100]);
    void submit(['a', 20], ['L', 60], ['b', 20], ['c', 20]);
    batches[0]!.finish();
    await settle();
    assert.deepEqual(ids(), ['x', 'abc']);
    batches[1]!.finish();
    await settle();
    assert.deepEqual(ids(), ['x', 'abc', 'L']);
  });

  it('never lets a long row wait behind short ones that came later', async () => {
    const { submit, ids, batches, settle } = rig({ lingerMs: 0 });
    void submit(['x', 100]);
    void submit(['L', 90]);
    void submit(['a', 10], ['b', 10]);
    batches[0]!.finish();
    await settle();
    assert.deepEqual(ids(), ['x', 'L']);
  });

  it('shares the waiting rows among idle slots, unless the shares would be small', () => {
    const limits = { maxTokens: 4096, maxRows: 64, overheadTokens: 0 };
    const large = rig({ slots: 2, limits, lingerMs: 0, maxQueuedTokens: 100_000 });
    void large.submit(...Array.from({ length: 16 }, (_, index) => [`${index % 10}`, 128] as const));
    assert.deepEqual(
      large.batches.map(({ rows }) => rows.length),
      [8, 8],
    );
    const small = rig({ slots: 2, limits, lingerMs: 0 });
    void small.submit(...Array.from({ length: 12 }, (_, index) => [`${index % 10}`, 10] as const));
    assert.deepEqual(
      small.batches.map(({ rows }) => rows.length),
      [12],
    );
  });

  it('holds rows back while the queue is full, and a call may be larger than the queue', async () => {
    const { submit, scheduler, batches, settle, ids } = rig({ maxQueuedTokens: 100 });
    const all = submit(['a', 60], ['b', 60], ['c', 60], ['d', 200]);
    assert.deepEqual([ids(), scheduler.load().queuedTokens], [['a'], 60]);
    for (let index = 0; index < 4; index++) {
      assert.ok(scheduler.load().queuedTokens <= 200);
      batches[index]!.finish();
      await settle();
    }
    assert.deepEqual(ids(), ['a', 'b', 'c', 'd']);
    assert.equal((await all).length, 4);
    assert.equal(scheduler.load().queuedTokens, 0);
  });

  it('admits calls in order of arrival', async () => {
    const { submit, batches, settle, ids } = rig({ maxQueuedTokens: 100, lingerMs: 0 });
    void submit(['a', 100]);
    void submit(['b', 100]);
    void submit(['c', 1]);
    batches[0]!.finish();
    await settle();
    assert.deepEqual(ids(), ['a', 'b']);
  });

  it('fails the rows of a batch that failed, and no others', async () => {
    const { submit, batches, settle } = rig();
    const both = submit(['a', 100], ['b', 100]);
    batches[0]!.fail(new EpeeError('ENGINE_WORKER_DIED', 'gone', { stage: 'engine' }));
    await settle();
    batches[1]!.finish();
    const codes = (await both).map((outcome) => outcome.kind === 'failed' && [outcome.id, outcome.error.code]);
    assert.deepEqual(codes, [
      ['a', 'ENGINE_WORKER_DIED'],
      ['b', 'INTERNAL'],
    ]);
  });

  it('rejects the call for an error of the action crash', async () => {
    for (const error of [new EpeeError('MODEL_LOAD_FAILED', 'no thread', { stage: 'engine' }), new TypeError('a bug')]) {
      const { submit, batches, settle, scheduler } = rig();
      const call = submit(['a', 100]);
      batches[0]!.fail(error);
      await assert.rejects(call, error);
      await settle();
      assert.deepEqual(scheduler.load(), { queuedTokens: 0, runningBatches: 0 });
    }
  });

  it('drains: rows no longer wait for others, and it ends when all have their answers', async () => {
    const { scheduler, submit, batches, ids, settle } = rig({ slots: 2, limits: { maxTokens: 600, maxRows: 8, overheadTokens: 0 } });
    const answers = submit(['a', 5]);
    let drained = false;
    const drain = scheduler.drain().then(() => {
      drained = true;
    });
    assert.deepEqual(ids(), ['a']);
    await settle();
    assert.equal(drained, false);
    batches[0]!.finish();
    await drain;
    assert.equal((await answers).length, 1);
  });

  it('lets users take turns: a call of thousands of rows does not delay those of another', async () => {
    const { submitAs, batches, settle, ids } = rig({ lingerMs: 0, maxQueuedTokens: 10_000 });
    void submitAs('large', 1, ...Array.from({ length: 100 }, () => ['L', 100] as const));
    const small = submitAs('small', 1, ['a', 50], ['b', 50], ['c', 50]);
    for (let index = 0; index < 4; index++) {
      batches[index]!.finish();
      await settle();
    }
    assert.deepEqual(ids(), ['L', 'ab', 'L', 'c', 'L']);
    assert.equal((await small).length, 3);
  });

  it('fills a short user’s batch with rows of others that make it no longer', async () => {
    const { submitAs, batches, settle, ids } = rig({ lingerMs: 0 });
    void submitAs('x', 1, ['x', 100]);
    void submitAs('large', 1, ['L', 60], ['l', 20], ['l', 20], ['k', 30], ...Array.from({ length: 9 }, () => ['L', 60] as const));
    void submitAs('small', 1, ['s', 30]);
    for (let index = 0; index < 2; index++) {
      batches[index]!.finish();
      await settle();
    }
    assert.deepEqual(ids(), ['x', 'L', 'skl']);
  });

  it('runs rows of a lower place first, whenever they come: what is asked about earlier work is answered before later work', async () => {
    const { submitAs, batches, settle, ids } = rig({ lingerMs: 0 });
    void submitAs('p', 1, ['a', 100]);
    void submitAs('p', 2, ['b', 100], ['b', 100]);
    void submitAs('p', 1, ['A', 100]);
    for (let index = 0; index < 3; index++) {
      batches[index]!.finish();
      await settle();
    }
    assert.deepEqual(ids(), ['a', 'A', 'b', 'b']);
  });

  it('lets rows of a small call in while those of a large one fill the queue', async () => {
    const { submitAs, batches, settle, ids, scheduler } = rig({ lingerMs: 0, maxQueuedTokens: 200 });
    void submitAs('large', 1, ...Array.from({ length: 10 }, () => ['L', 100] as const));
    void submitAs('small', 1, ['s', 100]);
    batches[0]!.finish();
    await settle();
    assert.ok(scheduler.load().queuedTokens <= 200);
    batches[1]!.finish();
    await settle();
    assert.deepEqual(ids().slice(0, 2), ['L', 's']);
  });

  it('answers all of everybody, and delays no user by more than the batches of the others’ turns', async () => {
    const users = fc.array(fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 60 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(users, async (lengths) => {
        const { submitAs, batches, settle } = rig({ lingerMs: 0, maxQueuedTokens: 100_000 });
        const calls = lengths.map((own, at) => submitAs(`u${at}`, 0, ...own.map((tokens) => [`u${at}`, tokens] as const)));
        const own = new Map(lengths.map((list, at) => [`u${at}`, list.length]));
        const waited = new Map<string, number>();
        for (let index = 0; index < batches.length; index++) {
          const { rows } = batches[index]!;
          const longest = Math.max(...rows.map(({ row }) => ('tokenIds' in row ? row.tokenIds.length : 0)));
          const here = new Set(rows.map(({ row }) => row.id as string));
          for (const { row } of rows) own.set(row.id as string, own.get(row.id as string)! - 1);
          for (const [user, left] of own) {
            waited.set(user, here.has(user) || left === 0 ? 0 : (waited.get(user) ?? 0) + rows.length * longest);
            assert.ok(waited.get(user)! <= 2 * 100 * lengths.length, `${user} waited for ${waited.get(user)} tokens`);
          }
          batches[index]!.finish();
          await settle();
        }
        assert.deepEqual(
          (await Promise.all(calls)).map((answers) => answers.length),
          lengths.map((list) => list.length),
        );
      }),
      { numRuns: 30 },
    );
  });

  it('drains at once when idle, and answers an empty call at once', async () => {
    const { scheduler, submit } = rig();
    assert.deepEqual(await submit(), []);
    await scheduler.drain();
  });
});
