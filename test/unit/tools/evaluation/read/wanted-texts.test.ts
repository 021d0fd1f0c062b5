import assert from 'node:assert/strict';
import { adverseText, eventText, headline, plainText } from '../../../../../tools/evaluation/read/wanted-texts.ts';
import { sampleResult } from '../../../services/cli/support.ts';

const TEXT = 'Rash after starting amoxicillin 1 g.';
const place = { where: 'f:1', document: 'd' };
const at = (part: string) => ({ text: part, start: TEXT.indexOf(part), end: TEXT.indexOf(part) + part.length });
const trigger = at('after');
const events = [
  {
    type: 'Adverse_event',
    trigger,
    arguments: [
      { role: 'Effect', ...at('Rash') },
      { role: 'Treatment.Drug', ...at('amoxicillin') },
      { role: 'Treatment.Dosage', ...at('1 g') },
    ],
  },
];

describe('what a text’s result is compared with', () => {
  it('is, of a sentence with events, each span at its place, by part and all together', () => {
    const text = eventText({ ...place, item: { id: 's', text: TEXT, events } });
    assert.deepEqual(text.countsOf(sampleResult()), {
      trigger: { found: 1, gold: 1, right: 1 },
      main: { found: 1, gold: 1, right: 1 },
      sub: { found: 1, gold: 2, right: 1 },
      all: { found: 3, gold: 4, right: 3 },
    });
    assert.deepEqual(text.answerIn(sampleResult())[0], { label: 'Adverse_event', start: trigger.start, end: trigger.end });
    assert.equal(text.gold?.length, 4);
  });

  it('is, of a sentence with a label, whether it tells of an adverse event', () => {
    const counts = (label: string, found = sampleResult()) =>
      adverseText({ ...place, item: { id: 's', text: TEXT, label } }).countsOf(found).adverse;
    assert.deepEqual(counts('adr'), { found: 1, gold: 1, right: 1 });
    assert.deepEqual(counts('none'), { found: 1, gold: 0, right: 0 });
    assert.deepEqual(counts('adverse_effect', sampleResult({ events: [] })), { found: 0, gold: 1, right: 0 });
  });

  it('is nothing of a plain note', () => {
    const text = plainText({ ...place, item: { id: 'n', text: TEXT } });
    assert.deepEqual([text.gold, text.countsOf(sampleResult())], [null, {}]);
  });

  it('is headed by all parts together, or by the only one', () => {
    assert.deepEqual([headline(['trigger', 'all']), headline(['adverse']), headline([])], ['all', 'adverse', undefined]);
  });
});
