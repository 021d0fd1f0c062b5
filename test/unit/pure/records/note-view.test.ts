import assert from 'node:assert/strict';
import { viewNote } from '@epee/records';
import fc from 'fast-check';
import { markedResult } from '../../../support/marked-note.ts';
import { SHOWN_TEXT, shownResult } from '../../../support/shown-note.ts';

describe('the view of a note', () => {
  it('is the text, line by line', () => {
    const lines = viewNote(SHOWN_TEXT, shownResult());
    assert.equal(lines.map(({ runs }) => runs.map(({ text }) => text).join('')).join('\n'), SHOWN_TEXT.replace(/\n$/, ''));
  });

  it('gives each fact what belongs to it, as its head and as its tail sees it', () => {
    const facts = viewNote(SHOWN_TEXT, shownResult()).flatMap((line) => line.facts);
    const told = facts.map(({ entity, qualifiers, links }) =>
      [entity.text, ...qualifiers, ...links.map(({ name, entity: other }) => `${name} ${other.text}`)].join('; '),
    );
    assert.ok(told.includes('lisinopril; dose 20 mg; route by mouth; frequency once daily; for hypertension'));
    assert.ok(told.includes('fever; absent'));
    assert.ok(told.includes('hives; caused by penicillin'));
    assert.ok(told.includes('losartan; future; start; dose 50 mg; route PO; frequency daily; for hypertension'));
    assert.ok(!facts.some(({ entity }) => entity.text === '20 mg'), 'a dose that belongs to a medication is no fact of its own');
  });

  it('keeps the whole text whatever the spans, also where they overlap and run over line ends', () => {
    const text = 'a😀b\r\ncd\n\nef ghi\n';
    const spans = fc.array(
      fc.record({
        start: fc.nat(15),
        length: fc.integer({ min: 1, max: 15 }),
        label: fc.constantFrom('problem', 'dose', 'Treatment.Drug', 'odd'),
      }),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(spans, (all) => {
        const [some] = markedResult(text, [{ label: 'dose', text: 'cd' }]).entities;
        const entities = all.map(({ start, length, label }, at) => ({
          ...some!,
          id: `e${at}`,
          label,
          start,
          end: Math.min(16, start + length),
        }));
        const lines = viewNote(text, { entities, events: [], relations: [] });
        assert.deepEqual(
          lines.map(({ runs }) => runs.map((run) => run.text).join('')),
          ['a😀b', 'cd', '', 'ef ghi'],
        );
      }),
    );
  });
});
