import assert from 'node:assert/strict';
import type { ListedRun } from '../../../../../tools/replay/plan/plan.ts';
import { replayPage } from '../../../../../tools/replay/report/page.ts';
import { replayText, runsText } from '../../../../../tools/replay/report/text.ts';
import { widthInWords } from '../../../../../tools/replay/report/words.ts';
import type { Labels } from '../../../../../tools/replay/tally/labels.ts';
import { adverseDocument } from '../../../../../tools/replay/tally/labels.ts';
import { createReplayTally } from '../../../../../tools/replay/tally/tally.ts';
import { facts, item, RUN, replayed, result } from '../tally/documents.ts';

const rows = (layer: string) => ({ events: { rows: 2, entropySum: 0.4, exits: { [layer]: 2 } } });

function sampleReport({ documents = 30, policies = ['full', 'fast'], labels = null as Labels | null, spreadMs = 3_600_000 } = {}) {
  const tally = createReplayTally({ variants: facts(...policies), labels, resamples: 100 });
  for (let at = 0; at < documents; at++) {
    const one = result(
      { events: [item('0-4', 'Adverse_event')], entities: [item('5-9', 'Effect'), item('10-12', 'Drug')] },
      { rows: rows('3f') },
    );
    const other = result(
      { events: [item('0-4', at % 4 === 0 ? 'Combination' : 'Adverse_event')], entities: [item('5-9', 'Effect')] },
      { layersRun: 4, rows: rows('1e') },
    );
    const answers = [one, at === 7 ? ({ kind: 'failure', code: 'ENGINE_NON_FINITE' } as const) : other, other].slice(0, policies.length);
    tally.add(replayed(at, answers, { timeMs: 1_772_354_400_000 + at * spreadMs, documentId: at === 0 ? '<b>&"d0' : `d${at}` }));
  }
  return tally.report(RUN, 1);
}

const labels: Labels = { file: 'gold.jsonl', parts: ['adverse'], documents: new Map([['d1', adverseDocument(true)]]) };

describe('a report as text', () => {
  it('tells variants, exits, differences, drift and the worst documents', () => {
    const text = replayText(sampleReport({ labels }), 120);
    for (const words of [
      /^Replay run 20260301-083000-4f2a of notes, 2026-03-01T08:30/,
      /30 records answered by every variant; 1 by some only/,
      /B = tiny 1, fast +29 +1 /,
      /B: 1 x ENGINE_NON_FINITE/,
      /B: exits after, %.*\n.*\nevents \(58 rows\) +100 +\. +\./,
      /entities +58 +29 +29 +66\.7 % \(66\.7 to 66\.7\) +29 +0 +0/,
      /layers saved 66\.7 %/,
      /events: Adverse_event -> Combination +8/,
      /F1 on gold\.jsonl/,
      /stretches of 1 h/,
      /most differences in/,
    ])
      assert.match(text, words);
    assert.doesNotMatch(text, /NaN|undefined|Infinity/);
  });

  it('has tables that fit its width', () => {
    const rules = replayText(sampleReport({ labels, policies: ['full', 'careful', 'fast'] }), 70).match(/^-{3}.*$/gm)!;
    assert.ok(rules.length > 8 && rules.every(({ length }) => length <= 70), rules.join('\n'));
  });

  it('does without a comparison, without drift and without documents', () => {
    assert.doesNotMatch(replayText(sampleReport({ policies: ['fast'] })), /against/);
    assert.match(replayText(sampleReport({ spreadMs: 0 })), /nothing to compare/);
    assert.doesNotMatch(replayText(sampleReport({ documents: 0 })), /NaN|undefined|Infinity/);
  });
});

describe('a report as a page', () => {
  it('has every part, and escapes ids', () => {
    const html = replayPage(sampleReport({ labels }));
    for (const title of [
      'Variants',
      'B against A',
      'Scores on labels',
      'Exits by layer',
      'Drift over the range',
      'Documents in which B differs most from A',
    ])
      assert.ok(html.includes(`<h2>${title}</h2>`), title);
    assert.ok(html.includes('&lt;b&gt;&amp;&quot;d0') && !html.includes('<b>&'));
    assert.doesNotMatch(html, /NaN|undefined|Infinity/);
  });

  it('does with one variant, with three, with one stretch and with nothing', () => {
    for (const options of [{ policies: ['fast'] }, { policies: ['full', 'careful', 'fast'] }, { spreadMs: 0 }, { documents: 0 }])
      assert.doesNotMatch(replayPage(sampleReport(options)), /NaN|undefined|Infinity/);
  });
});

it('tells lengths of time in the greatest unit', () =>
  assert.deepEqual([1, 200, 1000, 30_000, 60_000, 3_600_000, 86_400_000, 604_800_000].map(widthInWords), [
    '1 ms',
    '200 ms',
    '1 s',
    '30 s',
    '1 min',
    '1 h',
    '1 day',
    '7 days',
  ]));

describe('the list of runs', () => {
  const run = (id: string, finishedAt: string | null, doneOffsets: number | null): ListedRun => ({
    ...{ formatVersion: 1, createdAt: '', topic: 'notes', ranges: [], precision: 'fp32', group: 'g' },
    ...{ id, finishedAt, doneOffsets, offsets: 20 },
    variants: facts('full').map((one) => ({ ...one, modelDir: '/m' })),
    replays: { topic: 'r', from: [], to: null },
  });

  it('says how far each is', () => {
    const [, , ...lines] = runsText([run('a', '2026', 20), run('b', null, 5), run('c', null, null)]).split('\n');
    assert.deepEqual(
      lines.map((line) => line.replace(/ +/g, ' ')),
      ['a finished 20 notes A = tiny full', 'b 25 % 20 notes A = tiny full', 'c lost 20 notes A = tiny full'],
    );
    assert.match(runsText([]), /no replay runs yet/);
  });
});
