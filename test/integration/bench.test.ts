import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { epee, startEpee } from './cli-support/program.ts';

describe('epee bench', function () {
  // Stacks and services of their own: slow where the machine has other work.
  this.timeout(400_000);
  let dir: string;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'epee-bench-test-'));
  });
  after(() => rm(dir, { recursive: true }));

  const bench = async (...flags: string[]) => {
    const [json, page] = [join(dir, 'bench.json'), join(dir, 'bench.md')];
    const ended = await epee(['bench', '-o', json, '-o', page, ...flags]);
    assert.equal(ended.exitCode, 0, ended.stderr);
    return { ...ended, report: JSON.parse(await readFile(json, 'utf8')), page: await readFile(page, 'utf8') };
  };

  it('takes no folder without data for the sample notes', async () => {
    const { exitCode, stderr } = await epee(['bench', '--only', 'exits', '--data', dir]);
    assert.deepEqual([exitCode, / holds neither phee/.test(stderr)], [2, true], stderr);
  });

  it('measures exits by precision and batch size', async () => {
    const { report, page, stdout } = await bench('--only', 'exits', '--rows', '16', '--rounds', '2', '--batches', '1', '8');
    assert.deepEqual(
      report.exits.map(({ precision, batchRows }: { precision: string; batchRows: number }) => [precision, batchRows]),
      [
        ['fp32', 1],
        ['fp32', 8],
        ['int8', 1],
        ['int8', 8],
      ],
    );
    for (const { rowMs, efficiency, timeSpeedUp, tokenSpeedUp, meanExitLayer, rows } of report.exits) {
      assert.ok(rowMs.plain > 0 && rowMs.full > 0 && rowMs.exits > 0);
      assert.ok(Math.abs(efficiency - timeSpeedUp.steady / tokenSpeedUp) < 1e-9);
      assert.ok(meanExitLayer >= 1 && meanExitLayer <= 3);
      assert.equal(rows.rows, 16);
    }
    assert.equal(report.pipeline, null);
    assert.match(page, /## Exits: sample notes/);
    assert.match(stdout, /^int8, 8 /m);
  });

  it('sends notes through a stack of its own and finds the same results as without', async () => {
    const { report, page } = await bench('--only', 'pipeline', '--notes', '8');
    const { pipeline } = report;
    assert.deepEqual([pipeline.notes, pipeline.sameResults, pipeline.deadLetters], [8, 8, 0]);
    assert.ok(Math.abs(pipeline.ratio - pipeline.kafkaSeconds / pipeline.extractSeconds) < 1e-9);
    assert.equal(pipeline.ratios.length, 4);
    assert.ok(pipeline.redisSeconds >= pipeline.kafkaSeconds);
    if (process.platform === 'linux') {
      assert.deepEqual(
        pipeline.workerMemory.map(({ part }: { part: number }) => part),
        [0, 0.25, 0.5, 0.75, 1],
      );
    }
    if (process.platform === 'linux') {
      for (const name of ['projectorMemory', 'ingestMemory']) assert.equal(pipeline[name].length, 5, name);
    }
    assert.match(page, /\| epee extract \| /);
  });

  it('sends notes through a worker with transactions and one without, in turns', async () => {
    const { report, page, stdout } = await bench('--only', 'transactions', '--notes', '40');
    const { transactions, pipeline } = report;
    assert.equal(pipeline, null);
    assert.deepEqual([transactions.notes, transactions.ratios.length], [40, 8]);
    assert.ok(transactions.transactionsNotesPerSecond > 0 && transactions.plainNotesPerSecond > 0);
    assert.ok(Math.abs(transactions.ratio - transactions.transactionsNotesPerSecond / transactions.plainNotesPerSecond) < 1e-9);
    assert.match(page, /\| one transaction a sub-batch \| /);
    assert.match(stdout, /idempotent sends, then the offset/);
  });

  it('measures the time of single notes from HTTP to Redis under loads', async () => {
    const { report, page } = await bench('--only', 'latency', '--seconds', '2');
    const { rows, capacityNotesPerSecond } = report.latency;
    assert.equal(rows.length, 6);
    assert.ok(capacityNotesPerSecond > 0);
    for (const { p50Ms, p99Ms, mostMs, notes } of rows) assert.ok(notes > 0 && p50Ms > 0 && p50Ms <= p99Ms && p99Ms <= mostMs);
    assert.equal(rows[0].againstLone, 1);
    assert.match(page, /\| one note after the other \| /);
  });

  it('leaves nothing running when it is interrupted', async () => {
    const program = startEpee(['bench', '--only', 'pipeline', '--notes', '200']);
    await program.seen(/bench pipeline: .*\d+ of/);
    program.kill('SIGINT');
    const { exitCode } = await program.ended;
    assert.equal(exitCode, 130);
    assert.deepEqual(process.platform === 'linux' ? program.family() : [], []);
  });

  it('refuses settings that cannot be', async () => {
    const { exitCode, stderr } = await epee(['bench', '--only', 'exits', '--rounds', '0']);
    assert.equal(exitCode, 2);
    assert.match(stderr, /--rounds must be a whole number from 1/);
    assert.match((await epee(['bench', '--only', 'exits', '--policy', 'reckless'])).stderr, /POLICY_UNKNOWN/);
  });
});
