import assert from 'node:assert/strict';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadPackage } from '@epee/engine';
import { epee, TINY_MODEL } from './cli-support/program.ts';

/** Texts of the tiny model's vocabulary, all different. */
const WORDS = [
  'rash',
  'fever',
  'pain',
  'headache',
  'nausea',
  'bleeding',
  'aspirin',
  'warfarin',
  'ibuprofen',
  'insulin',
  'oral',
  'daily',
  'severe',
  'mild',
];
const LABELS = ['history', 'medications', 'findings', 'plan'];
const textOf = (index: number) =>
  `${[0, 1, 2, 3].map((place) => WORDS[(index * (2 * place + 3) + 5 * place) % WORDS.length]).join(' ')} ${index}.`;

describe('epee calibrate', () => {
  let dir: string;
  let model: string;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'epee-calibrate-'));
    model = join(dir, 'model');
    await cp(TINY_MODEL, model, { recursive: true });
  });
  after(() => rm(dir, { recursive: true }));

  const put = async (name: string, items: readonly object[]) => {
    const path = join(dir, name);
    await writeFile(path, items.map((item) => `${JSON.stringify(item)}\n`).join(''));
    return path;
  };
  const sections = (count: number, perDocument = 1) =>
    Array.from({ length: count }, (_, index) => ({
      id: `d${Math.floor(index / perDocument)}_${index}`,
      text: textOf(index),
      label: LABELS[index % 4],
    }));
  const manifest = async () => JSON.parse(await readFile(join(model, 'manifest.json'), 'utf8'));
  const calibrate = async (data: string, ...flags: string[]) => {
    const json = join(dir, 'found.json');
    await rm(json, { force: true });
    const ended = await epee(['calibrate', model, '--data', data, '-o', json, '--confidence', '0.9', ...flags]);
    const report = await readFile(json, 'utf8').then(JSON.parse, () => null);
    return { ...ended, report };
  };

  it('writes a certified policy that the engine can be told to follow, and nothing else', async () => {
    const old = await manifest();
    const data = await put('sections.jsonl', sections(120));
    const dry = await calibrate(data, '--risk', '0.5', '--dry-run');
    assert.deepEqual([dry.exitCode, await manifest()], [0, old]);
    const { exitCode, stdout, report } = await calibrate(data, '--risk', '0.5', '--document-pattern', '^(d\\d+)_');
    assert.equal(exitCode, 0);
    assert.match(stdout, /certified.*written into manifest\.json/s);
    const [task] = report.tasks;
    assert.deepEqual([task.task, task.documents], ['sections', 120]);
    const { tasks } = await manifest();
    const { certificate, ...policy } = tasks[0].policies.certified;
    assert.deepEqual(policy, task.chosen.policy);
    assert.deepEqual([certificate.risk, certificate.epsilon, certificate.delta, certificate.n], ['differs', 0.5, 0.1, 120]);
    assert.match(certificate.data.sha256, /^[0-9a-f]{64}$/);
    assert.ok(certificate.losses / certificate.n < 0.5 && certificate.pValue <= certificate.level);
    assert.deepEqual(tasks[1].policies.certified.entropyThreshold, 'off');
    for (const own of tasks) delete own.policies.certified;
    assert.deepEqual(tasks, old.tasks);
    const loaded = await loadPackage(model);
    assert.equal(loaded.sha256, report.written);
    assert.deepEqual(
      (await readdir(model)).filter((file) => file.startsWith('.')),
      [],
    );
    const extracted = await epee(['extract', '-', '--stdin', 'text', '--policy', 'certified', '--quiet'], {
      env: { EPEE_MODEL_DIR: model },
      input: 'PLAN\nAspirin daily.',
    });
    assert.equal(JSON.parse(extracted.stdout).models[0].policy, 'certified');
  });

  it('says how many documents it needs where there are too few, writes nothing and has an exit code of its own', async () => {
    const old = await manifest();
    const { exitCode, stdout, stderr } = await calibrate(await put('few.jsonl', sections(20)), '--risk', '0.02');
    assert.equal(exitCode, 20);
    assert.match(stdout, /Too few: 20 documents, and even a policy without a single loss needs \d{3}\. full stays\./);
    assert.match(stderr, /POLICY_NOT_CERTIFIED/);
    assert.deepEqual(await manifest(), old);
  });

  it('writes no policy where its report cannot be written', async () => {
    const former = await manifest();
    const data = await put('sections.jsonl', sections(120));
    const flags = ['--confidence', '0.9', '--risk', '0.5', '--name', 'lost', '--output', join(dir, 'nowhere', 'found.json')];
    const { exitCode, stderr } = await epee(['calibrate', model, '--data', data, ...flags]);
    assert.notEqual(exitCode, 0);
    assert.match(stderr, /--output .*nowhere.* does not exist/);
    assert.deepEqual(await manifest(), former);
  });

  it('says so where the certified policy saves nothing', async () => {
    const { exitCode, stdout } = await calibrate(
      await put('sections.jsonl', sections(120)),
      ...['--risk', '0.5', '--dry-run', '--thresholds', '0', '--patience', '9'],
    );
    assert.deepEqual([exitCode, /It saves nothing/.test(stdout)], [0, true], stdout);
  });

  it('counts documents, not items', async () => {
    const data = await put('grouped.jsonl', sections(120, 6));
    const flags = ['--risk', '0.5', '--dry-run'] as const;
    const one = await calibrate(data, ...flags, '--document-pattern', '^(d\\d+)_');
    assert.deepEqual([one.report.tasks[0].documents, one.report.tasks[0].tests[0].n], [20, 20]);
    const mean = await calibrate(data, ...flags, '--document-pattern', '^(d\\d+)_', '--documents', 'mean');
    assert.equal(mean.report.tasks[0].tests[0].n, 20);
    const stray = await calibrate(data, ...flags, '--document-pattern', '^x');
    assert.deepEqual([stray.exitCode, /grouped\.jsonl:1 \$\.id does not match/.test(stray.stderr)], [1, true]);
  });

  it('takes sentences with events, pairs and plain notes, and worse than full depth only with labels', async () => {
    const notes = await put(
      'notes.jsonl',
      Array.from({ length: 40 }, (_, index) => ({ id: `n${index}`, text: `PLAN\n${textOf(index)}\n${textOf(index + 40)}` })),
    );
    const found = await calibrate(notes, '--risk', '0.6', '--dry-run', '--time');
    const [{ certificate }] = found.report.tasks.filter((one: { certificate: unknown }) => one.certificate !== null);
    assert.ok(found.stdout.includes(`measured at batch ${certificate.timeBatchRows} in fp32`), found.stdout);
    assert.ok(
      found.report.tasks.some(({ task }: { task: string }) => task === 'events'),
      found.stderr,
    );
    const worse = await calibrate(notes, '--risk', '0.6', '--dry-run', '--loss', 'worse');
    assert.deepEqual([worse.exitCode, /--loss worse needs labels/.test(worse.stderr)], [2, true]);
    const byLabel = await calibrate(notes, '--risk', '0.6', '--dry-run', '--per-class', 'gold');
    assert.deepEqual([byLabel.exitCode, /--per-class gold needs labels/.test(byLabel.stderr)], [2, true]);
    const labelled = await calibrate(
      await put('sections.jsonl', sections(120)),
      '--risk',
      '0.5',
      '--dry-run',
      '--loss',
      'worse',
      '--per-class',
      'gold',
    );
    assert.equal(labelled.exitCode, 0, labelled.stderr);
    assert.deepEqual(Object.keys(labelled.report.tasks[0].chosen.classes).toSorted(), LABELS.toSorted());
    const events = await put(
      'events.jsonl',
      Array.from({ length: 60 }, (_, index) => ({ id: `e${index}`, text: textOf(index), events: [] })),
    );
    const spans = await calibrate(events, '--risk', '0.6', '--dry-run', '--loss', 'worse');
    assert.deepEqual(spans.report.tasks[0].task, 'events');
  });

  it('refuses names that are taken, and shares that are none', async () => {
    const data = await put('sections.jsonl', sections(20));
    for (const [flags, words] of [
      [['--risk', '0.5', '--name', 'fast'], /--name fast: task sections has a policy of that name/],
      [['--risk', '0.5', '--name', 'full'], /--name must be a lower-case letter.*not full/],
      [['--risk', '2'], /--risk must be a number from 0 to 1, not "2"/],
      [['--risk', '0'], /--risk must lie between 0.000001 and 1/],
      [['--risk', '0.5', '--document-pattern', '('], /--document-pattern is not a regular expression/],
    ] as const) {
      const { exitCode, stderr } = await calibrate(data, ...flags);
      assert.deepEqual([exitCode, words.test(stderr)], [2, true], stderr);
    }
  });
});
