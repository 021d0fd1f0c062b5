import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { epee, TINY_MODEL } from './cli-support/program.ts';

const at = (text: string, part: string) => ({ text: part, start: text.indexOf(part), end: text.indexOf(part) + part.length });
const [RASH, BLEED] = ['Severe rash developed after oral ibuprofen 400 mg daily.', 'She took warfarin and had no bleeding.'];
const events = [
  {
    id: 's1',
    text: RASH,
    events: [
      {
        type: 'Adverse_event',
        trigger: at(RASH, 'developed'),
        arguments: [
          { role: 'Effect', ...at(RASH, 'Severe rash') },
          { role: 'Treatment.Drug', ...at(RASH, 'ibuprofen') },
          { role: 'Treatment.Dosage', ...at(RASH, '400 mg') },
        ],
      },
    ],
  },
  { id: 's2', text: BLEED, events: [] },
];

describe('epee evaluate', () => {
  let dir: string;
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'epee-evaluate-'));
  });
  after(() => rm(dir, { recursive: true }));

  const put = async (name: string, items: readonly object[]) => {
    const path = join(dir, name);
    await writeFile(path, items.map((item) => `${JSON.stringify(item)}\n`).join(''));
    return path;
  };
  const evaluate = async (data: string, ...flags: string[]) => {
    const json = join(dir, 'scores.json');
    await rm(json, { force: true });
    const ended = await epee(['evaluate', TINY_MODEL, '--data', data, '-o', json, ...flags]);
    return { ...ended, report: ended.exitCode === 0 ? JSON.parse(await readFile(json, 'utf8')) : null };
  };

  it('scores spans and relations of every layer and policy, and agrees with the exit graph', async () => {
    const { exitCode, stdout, report } = await evaluate(await put('events.jsonl', events), '--engine');
    assert.equal(exitCode, 0);
    assert.deepEqual(
      report.tasks.map(({ task, items, gold }: { task: string; items: number; gold: object }) => [task, items, gold]),
      [
        ['events', 2, { trigger: 1, main: 1, sub: 2, all: 4 }],
        ['relations', 2, { relations: 2 }],
      ],
    );
    assert.deepEqual(
      report.tasks[0].views.map(({ name }: { name: string }) => name),
      ['layer 1', 'layer 2', 'layer 3', 'full', 'careful', 'fast', 'full, fp32', 'careful, fp32', 'fast, fp32'],
    );
    const scoresOf = (name: string) => report.tasks[0].views.find((view: { name: string }) => view.name === name).scores;
    assert.deepEqual(scoresOf('fast, fp32'), scoresOf('fast'));
    assert.deepEqual(report.tasks[0].unknownLabels, { 'Treatment.Dosage': 1 });
    assert.ok(report.engine.rows > 0);
    assert.equal(report.engine.different, 0);
    assert.match(stdout, /PHEE authors/);
  });

  it('scores whole notes with facts, and the same from what it predicted and from what epee extract printed', async () => {
    const text = `HISTORY:\n${RASH} ${BLEED}\n`;
    const entities = [
      { id: 'a', type: 'Effect', ...at(text, 'Severe rash') },
      { id: 'b', type: 'Treatment.Drug', ...at(text, 'ibuprofen') },
    ];
    const note = { id: 'n1', text, labelled: ['Effect', 'Treatment.Drug'], entities, relations: [], meta: { origin: 'here' } };
    const data = await put('facts.jsonl', [note, { ...note, id: 'n2', document: 'other' }]);
    const [out, results] = [join(dir, 'facts-predictions.jsonl'), join(dir, 'results.jsonl')];
    const { exitCode, stdout, report } = await evaluate(data, '--policy', 'full', 'fast', '--predictions', out);
    assert.equal(exitCode, 0);
    assert.match(stdout, /entities, full/);
    const [task] = report.tasks;
    assert.deepEqual([task.task, task.gold.all, task.analysis.curves[0].task], ['facts', 4, 'events']);
    const viewOf = (of: typeof report, name: string) => of.tasks[0].views.find((view: { name: string }) => view.name === name);
    const scored = async (from: string) => {
      const json = join(dir, 'from.json');
      assert.equal((await epee(['evaluate', '--data', data, '--from', from, '-o', json])).exitCode, 0);
      return JSON.parse(await readFile(json, 'utf8'));
    };
    const again = await scored(out);
    for (const name of ['full', 'fast']) {
      assert.deepEqual(viewOf(again, name).scores, viewOf(report, name).scores);
      assert.equal(viewOf(again, name).depth.tokenSpeedUp, viewOf(report, name).depth.tokenSpeedUp);
    }
    await writeFile(results, (await epee(['extract', data, '--policy', 'full'])).stdout);
    assert.deepEqual(Object.keys(viewOf(await scored(results), 'full').scores), Object.keys(viewOf(report, 'full').scores));
    assert.equal((await epee(['evaluate', '--data', data])).exitCode, 2);
  });

  it('predicts what epee extract answers', async () => {
    const data = await put('events.jsonl', events);
    const out = join(dir, 'predictions.jsonl');
    await evaluate(data, '--task', 'events', '--policy', 'fast', '--predictions', out);
    const predictions = (await readFile(out, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const extracted = await epee(['extract', data, '--sentences', '--policy', 'fast', '--quiet']);
    const results = extracted.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      predictions.map(({ id }) => id),
      ['s1', 's2'],
    );
    for (const [index, { spans }] of predictions.entries()) {
      const expected = [
        ...results[index].events.map(({ type, start, end }: { type: string; start: number; end: number }) => ({ label: type, start, end })),
        ...results[index].entities.map(({ label, start, end }: { label: string; start: number; end: number }) => ({ label, start, end })),
      ];
      assert.deepEqual(spans, expected);
    }
    assert.ok(predictions.some(({ spans }) => spans.length > 0));
  });

  it('scores sections, pairs, adverse events and notes', async () => {
    const sections = await evaluate(
      await put('sections.jsonl', [
        { id: 1, text: 'Aspirin daily.', label: 'plan' },
        { id: 2, text: 'Fever.', label: 'other' },
      ]),
    );
    assert.deepEqual([sections.report.tasks[0].task, sections.report.tasks[0].unknownLabels], ['sections', { other: 1 }]);
    const pair = { id: 'p', text: RASH, head: at(RASH, 'ibuprofen'), tail: at(RASH, 'Severe rash'), label: 'adverse_effect' };
    const relations = await evaluate(await put('pairs.jsonl', [pair]));
    assert.deepEqual(relations.report.tasks[0].gold, { relations: 1 });
    const sentences = [
      { id: 'a', text: RASH, label: 'adverse_effect' },
      { id: 'b', text: BLEED, label: 'none' },
      { id: 'c', text: 'Fever.', label: 'Adverse_Effect' },
    ];
    const adverse = await evaluate(
      await put('adverse.jsonl', sentences),
      '--exclude',
      await put('known.jsonl', [{ id: 'x', text: ` ${BLEED.toUpperCase()}` }]),
    );
    assert.deepEqual(
      [adverse.report.tasks[0].task, adverse.report.data],
      ['adverse-events', { ...adverse.report.data, items: 2, excluded: 1 }],
    );
    assert.deepEqual(adverse.report.tasks[0].unknownLabels, { Adverse_Effect: 1 });
    const notes = await evaluate(await put('notes.jsonl', [{ id: 'n', text: `PLAN\n${RASH}\n${BLEED}`, label: null }]));
    const [stream] = notes.report.tasks;
    assert.equal(stream.task, 'stream');
    assert.equal(stream.views.at(-1).perNote.rows, stream.views.at(-1).depth.rows);
  });

  it('shows intervals, the curve of all pairs, heads, times and a page, and the scores of int8 beside fp32', async () => {
    const html = join(dir, 'report.html');
    const pairs = Array.from({ length: 24 }, (_, index) => ({
      id: `d${index % 8}_${index}`,
      text: `${RASH} ${index}`,
      head: at(RASH, 'ibuprofen'),
      tail: at(RASH, 'Severe rash'),
      label: ['none', 'adverse_effect', 'dosage'][index % 3],
    }));
    const data = await put('many.jsonl', pairs);
    const { exitCode, stderr, stdout, report } = await evaluate(
      data,
      '--document-pattern',
      '^(d\\d+)_',
      '--time',
      '-o',
      html,
      '--engine',
      'int8',
    );
    assert.equal(exitCode, 0, stderr);
    const [{ views, documents, analysis }] = report.tasks;
    assert.equal(documents, 8);
    const [fast, int8] = ['fast', 'fast, int8'].map((name) => views.find((view: { name: string }) => view.name === name));
    assert.deepEqual([fast.kind, int8.kind], ['policy', 'engine']);
    for (const { scores, intervals } of [fast, int8]) {
      const { low, high } = intervals.relations;
      assert.ok(low <= scores.relations.f1 + 1e-9 && scores.relations.f1 <= high + 1e-9);
    }
    const [{ points, frontiers }] = analysis.curves;
    assert.deepEqual([points[0].cost, points[0].differs], [1, 0]);
    assert.ok(frontiers.epee.length >= 1);
    assert.deepEqual([analysis.heads.length, analysis.hardest.length], [3, 20]);
    assert.deepEqual([...new Set(analysis.times.map(({ batchRows }: { batchRows: number }) => batchRows))], [1, 8]);
    assert.ok(analysis.times.every(({ rowMs }: { rowMs: number }) => rowMs > 0));
    assert.match(stdout, /best pairs/);
    const page = await readFile(html, 'utf8');
    assert.match(page, /^<!doctype html>/);
    assert.doesNotMatch(page, /ibuprofen|NaN/);
  });

  it('prints the report as JSON where asked to', async () => {
    const data = await put('events.jsonl', events);
    const { stdout, report } = await evaluate(data, '--task', 'events', '--json');
    assert.deepEqual(JSON.parse(stdout), report);
  });

  it('names file, line and field of a bad line', async () => {
    const bad = { ...events[0], events: [{ ...events[0]!.events[0], trigger: { text: 'x', start: 3, end: 2 } }] };
    const { exitCode, stderr } = await evaluate(await put('bad.jsonl', [events[0]!, bad]));
    assert.equal(exitCode, 1);
    assert.match(stderr, /bad\.jsonl:2 \(event\) \$\.events\[0\]\.trigger runs from 3 to 2/);
    assert.match(stderr, /FILE_INVALID/);
    assert.doesNotMatch(stderr, /ibuprofen/);
  });

  it('takes no file for notes because its first line lacks what the others have', async () => {
    const { events: _, ...bare } = events[0]!;
    const { exitCode, stderr } = await evaluate(await put('half.jsonl', [bare, events[0]!]));
    assert.deepEqual([exitCode, /half\.jsonl:2 \$\.events is here, but not in the first line/.test(stderr)], [1, true], stderr);
  });

  it('says before the work that a file cannot be written', async () => {
    const data = await put('events.jsonl', events);
    for (const flag of ['--output', '--predictions']) {
      const { exitCode, stderr } = await evaluate(data, flag, join(dir, 'nowhere', 'file.html'));
      assert.notEqual(exitCode, 0);
      assert.match(stderr, new RegExp(`${flag} .*nowhere.* does not exist`));
      assert.doesNotMatch(stderr, /evaluate events/);
    }
  });

  it('refuses labels that the model knows nothing of, a task that the data cannot show, and unknown policies', async () => {
    const foreign = await evaluate(
      await put('foreign.jsonl', [
        { id: '1', text: 'a', label: 'red' },
        { id: '2', text: 'b', label: 'blue' },
      ]),
    );
    assert.deepEqual([foreign.exitCode, /blue, red/.test(foreign.stderr)], [2, true]);
    const data = await put('events.jsonl', events);
    const task = await evaluate(data, '--task', 'sections');
    assert.deepEqual([task.exitCode, /can be scored for events, relations only/.test(task.stderr)], [2, true]);
    const policy = await evaluate(data, '--policy', 'reckless');
    assert.deepEqual([policy.exitCode, /POLICY_UNKNOWN/.test(policy.stderr)], [2, true]);
  });
});
