import assert from 'node:assert/strict';
import { foreignFormat } from '../../../../shared/pure/records/text-format.ts';
import { checkNote, validateNote } from '../../../../shared/pure/records/validate-note.ts';
import { noteOf } from '../../../support/records.ts';

const base64 = Buffer.from('Seen today, feels well. Plan: go on as before, come back in May.').toString('base64');

const FOREIGN: readonly (readonly [name: string, text: string, looksLike: RegExp])[] = [
  ['RTF', '{\\rtf1\\ansi Seen \\b well\\b0.\\par}', /^RTF$/],
  ['a page of HTML', '\n<!DOCTYPE html><html><body>Well.</body></html>', /^HTML/],
  ['a piece of HTML', '<div class="note">Well.</div>', /^HTML/],
  ['a C-CDA document', '<?xml version="1.0"?><ClinicalDocument/>', /^HTML or XML/],
  ['entities', 'BP &lt; 90,&nbsp;pulse &gt; 100', /^HTML/],
  ['base64', base64, /^base64$/],
  ['base64 in lines', base64.replace(/(.{60})/g, '$1\n'), /^base64$/],
  ['HL7 v2 escapes', 'Seen.\\.br\\Well.', /^HL7 v2/],
  ['NULs', 'Well.\0\0', /NUL/],
];

const PLAIN = [
  'Seen well & happy. BP < 90 and > 60.',
  'WBC <4, CRP <5; {see below}',
  'supercalifragilisticexpialidocious',
  'One &amp; only.',
  'C:\\notes\\brief\\x',
  'ABDOMEN: soft',
  'PneumonoultramicroscopicsilicovolcanoconiosisPneumono ultra',
];

describe('the format of a text', () => {
  for (const [name, text, looksLike] of FOREIGN) it(`is told for ${name}`, () => assert.match(foreignFormat(text)!.looksLike, looksLike));

  it('is plain for notes that hold signs, long words and paths', () => {
    for (const text of PLAIN) assert.equal(foreignFormat(text), null, text);
  });

  it('is refused with what it looks like and what to do, in JSON and in records', () => {
    const refused = (path: string) => (error: { code: string; message: string; hint?: string }) => {
      assert.equal(error.code, 'TEXT_FORMAT_UNSUPPORTED');
      assert.equal(error.message, `${path} must be plain text, but looks like RTF`);
      return /plain text/.test(error.hint!);
    };
    const note = { documentId: 'a', text: '{\\rtf1 x}' };
    assert.throws(() => validateNote(note, { defaultSource: 's', receivedAtMs: 0, maxTextBytes: 100 }), refused('$.text'));
    assert.throws(() => checkNote(noteOf(note), { maxTextBytes: 100 }), refused('text'));
  });
});
