import assert from 'node:assert/strict';
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ReplayReport } from '../../tools/replay/report/report.ts';
import { epee, type Program, startEpee } from './cli-support/program.ts';
import { expectedAnswers, openReplayScene, type ReplayScene, removeFolder } from './replay-support/scene.ts';
import { eventually } from './worker-support/scene.ts';

const POISON = { key: 'poison', value: Buffer.from([7, 7, 7]) };

/** Runs take their time on a busy machine: processes start, models load, groups form. */
const DEADLINE_MS = 240_000;

describe('epee replay', function () {
  this.timeout(DEADLINE_MS);
  let scene: ReplayScene;

  beforeEach(async () => {
    scene = await openReplayScene();
  });

  afterEach(async () => {
    removeFolder(scene);
    await scene.close();
  });

  const replay = (...args: string[]) => epee(['replay', ...args], { env: scene.env });
  const reportIn = (stdout: string) => JSON.parse(stdout) as ReplayReport;
  const runs = async () =>
    JSON.parse((await replay('list', '--json')).stdout) as { id: string; finishedAt: string | null; group: string; doneOffsets: number }[];
  const notes = (count: number, from = 0) => Array.from({ length: count }, (_, at) => scene.note(from + at));

  /** Waits until a run has written something, and is not through. */
  const underWay = () =>
    eventually('a run that has begun to write', async () => {
      if ((await scene.admin.partitions(scene.topics.replays)) === null) return undefined;
      // A topic that was just made may have no leader yet.
      const ends = await scene.admin.offsets(scene.topics.replays).catch(() => []);
      return ends.some(({ high }) => high > 0n) || undefined;
    });

  it('answers every note once under each policy, though it is killed twice on the way, and touches nothing that is live', async () => {
    await scene.publish([...notes(280), POISON, POISON, ...notes(20, 280)]);
    const places = await scene.places();
    const live = await scene.live();

    const first = startEpee(['replay', 'run', '--policy', 'full', '--policy', 'fast', '--policy', 'careful'], { env: scene.env });
    await underWay();
    first.kill('SIGKILL');
    await first.ended;
    const [run] = await runs();
    assert.equal(run!.finishedAt, null);
    const begun = await scene.answersOf(run!.id);
    assert.ok(begun.length > 0 && begun.length < 3 * places.length, `killed in the middle, after ${begun.length} answers`);

    const second = startEpee(['replay', 'resume', run!.id], { env: scene.env });
    await eventually('more answers', async () => (await scene.answersOf(run!.id)).length > begun.length || undefined);
    second.kill('SIGKILL');
    await second.ended;

    const { exitCode, stdout, stderr } = await replay('resume', run!.id, '--json');
    assert.equal(exitCode, 1, stderr);
    const answers = await scene.answersOf(run!.id);
    const poison = answers.filter((answer) => answer.includes('!'));
    assert.equal(poison.length, 6);
    assert.ok(poison.every((answer) => answer.endsWith(' !RECORD_FRAMING_INVALID')));
    assert.deepEqual(answers.map((answer) => answer.replace(/ !.*/, '')).sort(), expectedAnswers(['A', 'B', 'C'], places));

    const report = reportIn(stdout);
    assert.deepEqual([report.documents, report.incomplete, report.run.finished], [302, 0, true]);
    for (const { results, failures } of report.variants) assert.deepEqual([results, failures], [300, { RECORD_FRAMING_INVALID: 2 }]);
    assert.deepEqual(
      report.comparisons.map(({ a, b, documents }) => [a, b, documents]),
      [
        ['A', 'B', 300],
        ['A', 'C', 300],
      ],
    );
    assert.equal(report.variants[0]!.layersSaved.value, 0);
    assert.ok(report.variants[1]!.layersSaved.value > 0);

    assert.equal(await scene.live(), live);
    const standing = await scene.admin.committed(run!.group, scene.topics.notes);
    assert.ok(
      standing.every(({ offset }) => offset === null),
      'the group of the run is deleted',
    );
    const [listed] = await runs();
    assert.notEqual(listed!.finishedAt, null);
  });

  it('is taken over from a frozen process, whose commit is then refused', async () => {
    await scene.publish(notes(300));
    const places = await scene.places();
    const frozen: Program = startEpee(['replay', 'run', '--policy', 'full', '--policy', 'fast'], { env: scene.env });
    try {
      await underWay();
      frozen.kill('SIGSTOP');
      const [run] = await runs();
      assert.equal(run!.finishedAt, null);
      const taken = await replay('resume', run!.id, '--json');
      assert.equal(taken.exitCode, 0, taken.stderr);
      frozen.kill('SIGCONT');
      const { exitCode, stderr } = await frozen.ended;
      assert.notEqual(exitCode, 0);
      assert.match(stderr, /taken over this run|no longer keeps how far/);
      assert.deepEqual(await scene.answersOf(run!.id), expectedAnswers(['A', 'B'], places));
    } finally {
      frozen.kill('SIGKILL');
    }
  });

  it('keeps several runs at once apart, and says of a policy against itself that it agrees fully', async () => {
    await scene.publish(notes(60));
    const places = await scene.places();
    const [same, other] = await Promise.all([
      replay('run', '--policy', 'fast', '--policy', 'fast', '--json'),
      replay('run', '--policy', 'full', '--json'),
    ]);
    assert.deepEqual([same.exitCode, other.exitCode], [0, 0], same.stderr + other.stderr);
    const [one, two] = [reportIn(same.stdout), reportIn(other.stdout)];
    assert.deepEqual(await scene.answersOf(one.run.id), expectedAnswers(['A', 'B'], places));
    assert.deepEqual(await scene.answersOf(two.run.id), expectedAnswers(['A'], places));
    const { identical, tasks, worst } = one.comparisons[0]!;
    assert.deepEqual([identical.value, worst], [1, []]);
    for (const { agreement, lost, gained, changed } of Object.values(tasks)) {
      assert.ok(agreement.value === 1 || agreement.value === null);
      assert.deepEqual([lost, gained, changed], [0, 0, 0]);
    }
    assert.equal(two.comparisons.length, 0);
  });

  it('replays the range that was asked for: by offsets, by time, and up to a limit', async () => {
    await scene.publish(notes(40));
    const early = await scene.readAll(scene.topics.notes);
    const boundary = Math.max(...early.map(({ timestampMs }) => timestampMs)) + 1;
    await eventually('a later time', () => Date.now() > boundary + 1 || undefined);
    await scene.publish(notes(30, 40));
    const places = (await scene.readAll(scene.topics.notes)).map(({ partition, offset, timestampMs }) => ({
      partition,
      offset,
      place: `${partition}:${offset}`,
      timestampMs,
    }));
    const answered = async (...flags: string[]) => {
      const { exitCode, stdout, stderr } = await replay('run', '--policy', 'fast', '--json', ...flags);
      assert.equal(exitCode, 0, stderr);
      return scene.answersOf(reportIn(stdout).run.id);
    };
    assert.deepEqual(
      await answered('--offsets', '0:2-6', '--offsets', '2:5-'),
      expectedAnswers(
        ['A'],
        places
          .filter(({ partition, offset }) => (partition === 0 && offset >= 2n && offset < 6n) || (partition === 2 && offset >= 5n))
          .map(({ place }) => place),
      ),
    );
    assert.deepEqual(
      await answered('--from', new Date(boundary).toISOString()),
      expectedAnswers(
        ['A'],
        places.filter(({ timestampMs }) => timestampMs >= boundary).map(({ place }) => place),
      ),
    );
    assert.deepEqual(
      await answered('--to', String(boundary)),
      expectedAnswers(
        ['A'],
        places.filter(({ timestampMs }) => timestampMs < boundary).map(({ place }) => place),
      ),
    );
    assert.equal((await answered('--limit', '13')).length, 13);
  });

  it('comes to the end of a range that ends in transaction markers', async () => {
    await scene.publish(notes(6));
    const upstream = scene.kafka.transactions({ group: `${scene.topics.notes}.up`, topic: scene.topics.notes, partition: 0 });
    for (const partition of [0, 1, 2]) {
      await upstream.open();
      await upstream.commit([{ topic: scene.topics.notes, partition, records: [scene.note(100 + partition)] }], 1n);
    }
    // Waits until the markers of the last commit are written.
    await upstream.open();
    await upstream.close();
    const places = await scene.places();
    assert.equal(places.length, 9);
    const { exitCode, stdout, stderr } = await replay('run', '--policy', 'fast', '--json');
    assert.equal(exitCode, 0, stderr);
    const { run } = reportIn(stdout);
    assert.deepEqual(await scene.answersOf(run.id), expectedAnswers(['A'], places));
    // A range of markers alone has no records, and comes to its end, too.
    const { high } = (await scene.admin.offsets(scene.topics.notes)).find(({ partition }) => partition === 0)!;
    const nothing = await replay('run', '--policy', 'fast', '--json', '--offsets', `0:${high - 1n}-`);
    assert.equal(nothing.exitCode, 0, nothing.stderr);
    assert.equal(reportIn(nothing.stdout).documents, 0);
  });

  it('compares two models on labels, and writes the report as text, JSON and a page', async () => {
    await scene.publish(notes(20));
    const labels = join(scene.folder, 'gold.jsonl');
    const gold = (at: number) => ({
      id: `doc-${at}`,
      text: `Note ${at}. Rash`,
      events: [{ type: 'Adverse_event', trigger: { text: 'Note', start: 0, end: 4 }, arguments: [] }],
    });
    writeFileSync(labels, [0, 1, 2, 99].map((at) => JSON.stringify(gold(at))).join('\n'));
    const [json, html] = [join(scene.folder, 'r.json'), join(scene.folder, 'r.html')];
    const tiny = 'test/fixtures/tiny-model';
    const made = await replay(
      'run',
      '--model',
      tiny,
      '--model',
      `./${tiny}/`,
      '--policy',
      'fast',
      '--labels',
      labels,
      '-o',
      json,
      '-o',
      html,
    );
    assert.equal(made.exitCode, 0, made.stderr);
    assert.match(made.stdout, /B against A/);
    assert.match(made.stdout, /3 labelled documents in the replay; 1 not in it/);
    assert.match(made.stderr, /20 notes under 2 variants in .* notes\/s/);
    const report = JSON.parse(readFileSync(json, 'utf8')) as ReplayReport;
    assert.equal(report.labels!.scores.A!.trigger!.gold, 3);
    const page = readFileSync(html, 'utf8');
    assert.match(page, /<svg/);
    assert.doesNotMatch(page, /https?:|<script|Rash after/);
    const again = await replay('report', report.run.id, '--labels', labels, '--json');
    assert.deepEqual(reportIn(again.stdout), report);
    const finished = await replay('resume', report.run.id, '--labels', labels, '--json');
    assert.match(finished.stderr, /was finished at .*; nothing is left to do/);
    assert.deepEqual(reportIn(finished.stdout), report);
    assert.match((await replay('list')).stdout, new RegExp(`^${report.run.id} +finished +20 `, 'm'));
  });

  it('answers what cannot be with a message and an exit code of its own, and writes nothing', async () => {
    const empty = await replay('run');
    assert.deepEqual([empty.exitCode, empty.stdout], [4, '']);
    assert.match(empty.stderr, /holds no record \(REPLAY_RANGE_EMPTY\)/);
    await scene.publish(notes(9));
    for (const [exitCode, words, ...args] of [
      [2, /begins beyond the end .*\(REPLAY_RANGE_INVALID\)\n.*holds offsets 0 to \d+ in partition 0/, 'run', '--offsets', '0:4000-'],
      [4, /lies in the range from 2999-01-01.*\(REPLAY_RANGE_EMPTY\)\n.*holds offsets/, 'run', '--from', '2999-01-01'],
      [
        2,
        /--policy reckless is unknown to task .* of model tiny; it has full, careful, fast \(POLICY_UNKNOWN\)/,
        'run',
        '--policy',
        'reckless',
      ],
      [2, /nowhere.*\(MODEL_MISSING\)/, 'run', '--model', '/nowhere'],
      [3, /Topic replay-test-none does not exist \(KAFKA_TOPIC_MISSING\)/, 'run', '--topic', 'replay-test-none'],
      [4, /There is no replay run "r1".*\(REPLAY_NOT_FOUND\)\n.*There are no runs yet/, 'resume', 'r1'],
      [4, /There is no replay run "r1".*\(REPLAY_NOT_FOUND\)/, 'report', 'r1'],
    ] as const) {
      const ended = await replay(...args);
      assert.equal(ended.exitCode, exitCode, ended.stderr);
      assert.match(ended.stderr, words);
      assert.equal(ended.stdout, '');
    }
    for (const topic of [scene.topics.replays, scene.topics.replayRuns]) assert.equal(await scene.admin.partitions(topic), null);
    assert.match((await replay('list')).stdout, /no replay runs yet/);
  });

  it('ends with 130 when it is interrupted, and says how to go on', async () => {
    await scene.publish(notes(300));
    const program = startEpee(['replay', 'run', '--policy', 'full', '-o', join(scene.folder, 'r.html')], { env: scene.env });
    await underWay();
    program.kill('SIGINT');
    const { exitCode, stdout, stderr } = await program.ended;
    assert.equal(exitCode, 130, stderr);
    const [, run] = /To resume it: epee replay resume (\S+)/.exec(stderr) ?? [];
    assert.equal(stdout, '');
    assert.ok(!existsSync(join(scene.folder, 'r.html')));
    const partial = reportIn((await replay('report', run!, '--json')).stdout);
    assert.ok(!partial.run.finished && partial.documents > 0 && partial.documents < 300);
    assert.equal((await replay('resume', run!)).exitCode, 0);
    assert.equal((await scene.answersOf(run!)).length, 300);
  });

  it('refuses to go on when its model is another, or its progress is gone', async () => {
    await scene.publish(notes(300));
    const model = join(scene.folder, 'model');
    cpSync('test/fixtures/tiny-model', model, { recursive: true });
    const program = startEpee(['replay', 'run', '--policy', 'full', '--model', model], { env: scene.env });
    await underWay();
    program.kill('SIGKILL');
    await program.ended;
    const [run] = await runs();
    const manifest = join(model, 'manifest.json');
    const text = readFileSync(manifest, 'utf8');
    writeFileSync(manifest, `${text}\n`);
    const changed = await replay('resume', run!.id);
    assert.equal(changed.exitCode, 2);
    assert.match(changed.stderr, /Variant A: the model package in .* is not the one that the run began with \(REPLAY_LOST\)/);
    writeFileSync(manifest, text);
    await scene.admin.deleteGroup(run!.group);
    const lost = await replay('resume', run!.id);
    assert.equal(lost.exitCode, 2);
    assert.match(lost.stderr, /no longer keeps how far the run .* was \(REPLAY_LOST\)/);
    assert.match((await replay('list')).stdout, / lost /);
  });
});
