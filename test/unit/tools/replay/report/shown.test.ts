import assert from 'node:assert/strict';
import type { Labels } from '../../../../../tools/replay/report/labels.ts';
import { adverseDocument } from '../../../../../tools/replay/report/labels.ts';
import { reportPage } from '../../../../../tools/replay/report/page.ts';
import { createReplayTally } from '../../../../../tools/replay/report/tally.ts';
import { reportText } from '../../../../../tools/replay/report/terminal.ts';
import { widthInWords } from '../../../../../tools/replay/report/words.ts';
import { facts, item, RUN, replayed, result } from '../documents.ts';

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
    const text = reportText(sampleReport({ labels }));
    for (const words of [
      /^Replay run 20260301-083000-4f2a of notes, 2026-03-01T08:30/,
      /30 records answered by every variant; 1 by some only/,
      /B = tiny 1, fast +29 +1 /,
      /B: 1 x ENGINE_NON_FINITE/,
      /B: rows by exit layer, %.*\n.*\nevents \(58 rows\) +100 +\. +\./,
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

  it('does without a comparison, without drift and without documents', () => {
    assert.doesNotMatch(reportText(sampleReport({ policies: ['fast'] })), /against/);
    assert.match(reportText(sampleReport({ spreadMs: 0 })), /nothing to compare/);
    assert.doesNotMatch(reportText(sampleReport({ documents: 0 })), /NaN|undefined|Infinity/);
  });
});

describe('a report as a page', () => {
  it('has every part, and escapes ids', () => {
    const html = reportPage(sampleReport({ labels }));
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
      assert.doesNotMatch(reportPage(sampleReport(options)), /NaN|undefined|Infinity/);
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
