import assert from 'node:assert/strict';
import { toNote } from '@epee/notes';
import { bareNote } from '@epee/records';

const defaults = { defaultSource: 'here', receivedAtMs: 5, maxTextBytes: 100 };
const read = (fields: Record<string, unknown>) => toNote({ where: 'n.jsonl:7', fields }, defaults);

describe('toNote', () => {
  it('takes id for documentId, also as a number, and leaves out fields that no note has', () => {
    const row = read({ id: 12, text: 'Rash.', label: null, events: [{}], version: 3 });
    assert.deepEqual(
      'note' in row && row.note,
      bareNote({ documentId: '12', version: 3n, source: 'here', text: 'Rash.', receivedAtMs: 5 }),
    );
  });

  it('takes every field of a note', () => {
    const row = read({
      ...{ id: 'a', source: 's', patientRef: 'p', encounterRef: 'e', noteType: 'visit', documentStatus: 'corrected' },
      ...{ sourceIds: [{ system: 'TXA-12', value: '7' }], noteTime: '2026-03-01T09:30:00Z', text: 'Rash.' },
    });
    assert.deepEqual('note' in row && row.note, {
      ...bareNote({ documentId: 'a', source: 's', patientRef: 'p', encounterRef: 'e', noteType: 'visit', text: 'Rash.', receivedAtMs: 5 }),
      ...{ documentStatus: 'corrected', sourceIds: [{ system: 'TXA-12', value: '7' }], noteTimeMs: Date.UTC(2026, 2, 1, 9, 30) },
    });
  });

  it('prefers documentId', () => {
    const row = read({ id: 'a', documentId: 'b', text: 'Rash.' });
    assert.equal('note' in row && row.note.documentId, 'b');
  });

  for (const [fields, code, message] of [
    [{ text: 'x' }, 'REQUEST_FIELD_INVALID', /^n\.jsonl:7: \$\.documentId \(or \$\.id\) is missing/],
    [{ id: 'a' }, 'REQUEST_FIELD_INVALID', /^n\.jsonl:7: \$\.text is missing/],
    [{ id: 'a', text: 5 }, 'REQUEST_FIELD_INVALID', /^n\.jsonl:7: \$\.text must be a string, but is a number/],
    [{ id: {}, text: 'x' }, 'REQUEST_FIELD_INVALID', /\$\.documentId must be a string/],
    [{ id: 'a', text: 'x', version: 'new' }, 'REQUEST_FIELD_INVALID', /\$\.version must be a whole number/],
    [
      { id: 'a', text: 'x', documentStatus: 'done' },
      'REQUEST_FIELD_INVALID',
      /^n\.jsonl:7: \$\.documentStatus must be one of preliminary, final/,
    ],
    [{ id: 'a', text: ' ' }, 'TEXT_EMPTY', /^n\.jsonl:7: \$\.text/],
    [{ id: 'a', text: 'x'.repeat(101) }, 'TEXT_TOO_LARGE', /at most 100 .* has 101/],
  ] as const) {
    it(`names place and field of ${JSON.stringify(fields).slice(0, 40)}`, () => {
      const row = read(fields);
      assert.ok('error' in row);
      assert.equal(row.error.code, code);
      assert.match(row.error.message, message);
    });
  }
});
