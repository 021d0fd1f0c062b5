import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evaluateResults, evaluationPage, evaluationText } from '@epee/evaluation';
import { resultToJson } from '@epee/records';
import { unseenProgress } from '@epee/terminal';
import { predictedFacts } from '../../../../tools/evaluation/read/predictions.ts';
import { markedResult } from '../../../support/marked-note.ts';

const TEXT = 'Denies chest pain. Aspirin 75 mg daily.';
const wanted = (id: string) => ({
  id,
  text: TEXT,
  labelled: ['problem', 'medication', 'dose'],
  entities: [
    { id: 'a', type: 'problem', start: 7, end: 17, certainty: 'absent' },
    { id: 'b', type: 'medication', start: 19, end: 26 },
    { id: 'c', type: 'dose', start: 27, end: 32 },
  ],
  relations: [{ label: 'has_dose', head: 'b', tail: 'c' }],
  meta: { origin: id },
});
const found = (documentId: string, policy: string) =>
  markedResult(
    TEXT,
    [
      { label: 'problem', text: 'chest pain', certainty: policy === 'full' ? 'absent' : 'present' },
      { label: 'medication', text: 'Aspirin', links: [['has_dose', 1]] },
      { label: 'dose', text: '75 mg' },
    ],
    { documentId, models: [{ name: 'm', version: '1', sha256: '0'.repeat(64), policy }] },
  );

describe('results that were extracted before', () => {
  let folder: string;
  const warned: string[] = [];
  const watch = { startProgress: unseenProgress, signal: new AbortController().signal, warn: (text: string) => void warned.push(text) };
  const request = () => ({
    data: join(folder, 'wanted.jsonl'),
    from: join(folder, 'found.jsonl'),
    exclude: [],
    first: null,
    documentPattern: null,
  });
  const write = (name: string, lines: readonly unknown[]) =>
    writeFile(join(folder, name), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'epee-facts-'));
    warned.length = 0;
    await write('wanted.jsonl', [wanted('one'), wanted('two')]);
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('are scored by policy, as results or as predictions, and shown', async () => {
    const { entities, relations } = predictedFacts(found('two', 'fast'));
    const prediction = {
      id: 'two',
      task: 'facts',
      policy: 'fast',
      exits: [{ task: 'events', exitLayer: 3, exitReason: 'entropy', tokens: 9 }],
      entities,
      relations,
    };
    await write('found.jsonl', [
      resultToJson(found('one', 'full')),
      resultToJson(found('two', 'full')),
      prediction,
      resultToJson(found('strange', 'fast')),
    ]);
    const report = await evaluateResults(request(), watch);
    const [full, fast] = report.tasks[0]!.views;
    assert.deepEqual([full!.name, full!.scores.all!.f1, full!.scores.certainty!.f1, full!.depth.meanExitLayer], ['full', 100, 100, 3]);
    assert.equal(fast!.scores.all!.recall, 50, 'nothing counts as found in a note without a result');
    assert.equal(fast!.scores['certainty/absent']!.recall, 0);
    assert.ok(fast!.differences.all!.high <= 0);
    assert.deepEqual([full!.scores['source/one']!.f1, fast!.scores['source/one']!.f1], [100, 0]);
    assert.match(warned.join(), /fast: no result of 1 of 2 texts/);
    const text = evaluationText(report, 80);
    for (const line of text.split('\n')) assert.ok(line.length <= 110, line);
    assert.match(text, /has_dose/);
    assert.match(evaluationPage(report), /Policies beside full depth/);
    assert.ok(![text, evaluationPage(report)].some((shown) => shown.includes('chest pain')), 'reports hold no text of the notes');
  });

  it('must be of the notes of the data', async () => {
    await write('found.jsonl', [resultToJson(found('strange', 'full'))]);
    await assert.rejects(evaluateResults(request(), watch), { code: 'USAGE_INVALID' });
  });

  it('are refused with file, line and field where they are something else', async () => {
    await write('found.jsonl', [{ id: 'one', entities: [{ id: 'e1' }], relations: [] }]);
    await assert.rejects(evaluateResults(request(), watch), /found\.jsonl:1 .*entities\.0/);
  });
});
