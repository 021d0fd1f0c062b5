import assert from 'node:assert/strict';
import { proposalFlags, proposeColumns } from '../../../../tools/batch/propose-columns.ts';

describe('columns that are proposed', () => {
  for (const [names, flags, missing] of [
    [['documentId', 'text'], '', []],
    [['id', 'text'], '', []],
    [['Note ID', 'Note Text', 'MRN'], '--column "documentId=Note ID" --column "text=Note Text" --column patientRef=MRN', []],
    [
      ['ROW_ID', 'HADM_ID', 'CATEGORY', 'TEXT'],
      '--column documentId=ROW_ID --column text=TEXT --column encounterRef=HADM_ID --column noteType=CATEGORY',
      [],
    ],
    [['note_id;note_text'], '--delimiter ";" --column documentId=note_id --column text=note_text', []],
    [['id\ttext'], '--delimiter tab', []],
    [['a', 'b'], '', ['documentId', 'text']],
  ] as const)
    it(`for ${names.join(', ')}`, () => {
      const proposal = proposeColumns(names, {}, ',');
      assert.deepEqual([proposalFlags(proposal), proposal.missing], [flags, missing]);
    });

  it('keep those that were named', () => {
    const proposal = proposeColumns(['note_id', 'body', 'text'], { text: 'body' }, ',');
    assert.deepEqual([proposal.columns, proposal.missing], [{ documentId: 'note_id' }, []]);
  });

  it('are none where the first line looks like data', () => {
    const proposal = proposeColumns(['n1', 'Rash after amoxicillin. No fever.'], {}, ',');
    assert.deepEqual([proposal.isHeader, proposal.columns], [false, {}]);
  });
});
