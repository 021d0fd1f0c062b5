import assert from 'node:assert/strict';
import fc from 'fast-check';
import { splitSections } from '../../../../shared/pure/text/cut/sections.ts';
import { outline, solid } from './cases.ts';

const CASES: readonly (readonly [name: string, text: string, outline: readonly string[]])[] = [
  ['no headings: one section', 'Patient seen today.\n\nNo complaints.', ['-']],
  [
    'lines of capitals',
    'CHIEF COMPLAINT\n\nCough.\n\nPAST SURGICAL HISTORY\n\nNone.',
    ['CHIEF COMPLAINT -> cc', 'PAST SURGICAL HISTORY -> pastsurgical'],
  ],
  ['text before the first heading', 'Seen on ward 3.\n\nPLAN\nRest.', ['-', 'PLAN -> plan']],
  ['known headings in any case', 'Allergies\nNone known\nfamily history:\nAsthma', ['Allergies -> allergy', 'family history -> fam/sochx']],
  [
    'text on the line of the heading',
    'ASSESSMENT: stable\nPlan: rest\nAllergies: none',
    ['ASSESSMENT -> assessment', 'Plan -> plan', 'Allergies -> allergy'],
  ],
  ['a dash after capitals', 'PLAN - rest\nAssessment - stable', ['PLAN -> plan']],
  ['several on one line', 'CC: cough. PMH: asthma.  MEDS: none', ['CC -> cc', 'PMH -> pastmedicalhx', 'MEDS -> medications']],
  ['slashes and ampersands', 'A/P: rest\nASSESSMENT & PLAN\nRest', ['A/P -> assessment', 'ASSESSMENT & PLAN -> assessment']],
  ['numbered', '1. HISTORY OF PRESENT ILLNESS\nCough.\nII. PLAN:\nRest.', ['HISTORY OF PRESENT ILLNESS -> genhx', 'PLAN -> plan']],
  ['items of a numbered list are none', 'PROBLEM LIST\n1. HYPERTENSION\n2. Allergies\n3. Pain', ['PROBLEM LIST -> model']],
  [
    'markdown',
    '## Plan\nRest\n**Medications:** aspirin\n### Home situation\nLives alone',
    ['Plan -> plan', 'Medications -> medications', 'Home situation -> ?'],
  ],
  ['problems marked with # are none', 'PLAN\n# Hypertension: continue\n# CKD', ['PLAN -> plan']],
  ['between rules', '=== PLAN ===\nRest', ['PLAN -> plan']],
  ['unknown capitals after a blank line', 'Seen.\n\nOPIOID AGREEMENT\nSigned today.', ['-', 'OPIOID AGREEMENT -> ?']],
  ['unknown capitals amid a list are none', 'MEDICATIONS\n\nASPIRIN\nLISINOPRIL', ['MEDICATIONS -> medications']],
  ['a heading needs text before the next unknown one', 'ALLERGIES\n\nPENICILLIN\n\nPLAN\nRest', ['ALLERGIES -> allergy', 'PLAN -> plan']],
  ['nor has one without text another one below', 'ALLERGIES\n\nPENICILLIN\n\nReaction: hives.', ['ALLERGIES -> allergy']],
  ['unknown capitals amid text are none', 'Seen.\nOPIOID AGREEMENT\nSigned today.', ['-']],
  ['capitals above capitals are a list', 'Seen.\n\nASPIRIN TABLETS\nLISINOPRIL TABLETS\nAll taken.', ['-']],
  ['two words of capitals before text', 'Seen.\n\nHOME SITUATION: lives alone.', ['-', 'HOME SITUATION -> ?']],
  ['fields of a form are none', 'Seen.\n\nPATIENT NAME: J. Doe\nDATE OF BIRTH: 1 May', ['-']],
  ['capitalised line with a colon', 'Seen.\n\nHome Situation:\nLives alone.', ['-', 'Home Situation -> ?']],
  ['a sentence that ends in a colon is none', 'Seen.\n\nHe takes the following:\n- aspirin', ['-']],
  ['body systems divide a section', 'PHYSICAL EXAM\n\nSKIN: Warm\nNEURO: Normal\nMSK:\nNormal gait', ['PHYSICAL EXAM -> exam']],
  ['but their histories begin one', 'Seen.\n\nCARDIAC HISTORY:\nStent 2019.', ['-', 'CARDIAC HISTORY -> ?']],
  ['vital signs are none', 'VITALS\nBP: 120/80\nHR 70', ['VITALS -> exam']],
  ['a heading ends without a full stop', 'CHIEF COMPLAINT\n\nFollow-up.\n\nPLAN\nRest', ['CHIEF COMPLAINT -> cc', 'PLAN -> plan']],
  ['a known word that ends wrapped prose is none', 'We discussed at length the risks of the\nmedications', ['-']],
  ['cc: at the end of a letter lists copies', 'PLAN\nRest\n\ncc: Dr. Miller', ['PLAN -> plan']],
  [
    'a note in capitals',
    'SEEN AND EXAMINED.\n\nDOING WELL TODAY\n\nALLERGIES: PENICILLIN\nPLAN:\nREST',
    ['-', 'ALLERGIES -> allergy', 'PLAN -> plan'],
  ],
  ['CRLF', 'HPI\r\nCough.\r\nPLAN\r\nRest.\r\n', ['HPI -> genhx', 'PLAN -> plan']],
  ['lone CR', 'HPI\rCough.\rPLAN\rRest.', ['HPI -> genhx', 'PLAN -> plan']],
  ['a heading without text', 'HPI\n\nPLAN\n\nRest', ['HPI -> genhx', 'PLAN -> plan']],
  ['a heading at the very end', 'Seen.\nPLAN:', ['-', 'PLAN -> plan']],
  ['blank text', ' \n\t\r\n ', []],
  [
    'glued to the sentence before',
    'CC: Sore throat.HISTORY OF PRESENT ILLNESS: Since Monday.He coughs.PLAN: Rest.',
    ['CC -> cc', 'HISTORY OF PRESENT ILLNESS -> genhx', 'PLAN -> plan'],
  ],
  [
    'behind the commas of a well-known copy of transcribed notes',
    'SUBJECTIVE:,  Itch since May.,MEDICATIONS: , Cetirizine.,PLAN:,1.  Stop.,2.  Call.',
    ['SUBJECTIVE -> model', 'MEDICATIONS -> medications', 'PLAN -> plan'],
  ],
  ['after a word without a full stop', 'He eats well ALLERGIES: latex.', ['-', 'ALLERGIES -> allergy']],
  ['but no other capitals there', 'He saw the MAIN DOOR: closed.', ['-']],
  ['unknown ones after a sentence', 'Sutured. CLOSING REMARKS: none.', ['-', 'CLOSING REMARKS -> ?']],
  ['underlined', 'Seen.\nHOME VISIT NOTES:\n=====\nDog barked.\nPlan\n----\nRest', ['-', 'HOME VISIT NOTES -> ?', 'Plan -> plan']],
  ['a blank to fill in is no underline', 'Social History:\n___\nPlan:\nRest', ['Social History -> fam/sochx', 'Plan -> plan']],
  [
    'capitals with a colon, line after line',
    'PREOPERATIVE DIAGNOSES: Hernia.\nOPERATION: Repair.\nBLEEDING SEEN: None.\nSPECIMENS: None.',
    ['PREOPERATIVE DIAGNOSES -> diagnosis', 'OPERATION -> procedures', 'BLEEDING SEEN -> ?', 'SPECIMENS -> model'],
  ],
  ['results and doses in capitals are none', 'LABS:\nSODIUM: 140\nPOTASSIUM: <4', ['LABS -> labs']],
  ['nor are diseases with a short name', 'PMH:\nALL: in remission\nPE: on apixaban', ['PMH -> pastmedicalhx']],
  ['but allergies are', 'All: NKDA', ['All -> allergy']],
  ['with their abbreviation in brackets', 'PAST MEDICAL HISTORY (PMH): gout', ['PAST MEDICAL HISTORY (PMH) -> pastmedicalhx']],
  ['letters with full stops', 'R.O.S.: normal\nP.S.H.: none', ['R.O.S. -> ros', 'P.S.H. -> pastsurgical']],
  ['two in one', 'FINDINGS/PLAN: rest\nAllergies/Intolerances\nEggs', ['FINDINGS/PLAN -> plan', 'Allergies/Intolerances -> allergy']],
  ['a dash after known words', 'Chief complaint - wheeze\nTobacco - a pack', ['Chief complaint -> cc']],
  ['a wide colon', 'Plan：rest', ['Plan -> plan']],
  [
    'kinds of allergens stay below allergies',
    'ALLERGIES:\nMedication:\nLATEX - wheeze\nFood:\nNUTS - hives\n\nMEDICATIONS:\nNone',
    ['ALLERGIES -> allergy', 'MEDICATIONS -> medications'],
  ],
  ['numbered items of a plan do not split it', 'PLAN:\n1. Medications: as before\n2. Diet: low salt', ['PLAN -> plan']],
  [
    'words for a kind of text in a note of capitals',
    'HE IS WELL.\n\nWOUND CARE INSTRUCTIONS\nKEEP IT DRY',
    ['-', 'WOUND CARE INSTRUCTIONS -> ?'],
  ],
];

describe('splitSections', () => {
  for (const [name, text, expected] of CASES) it(name, () => assert.deepEqual(outline(text), expected));

  it('gives range, heading and body exactly', () => {
    const text = '\n  PLAN:  stop aspirin 💊\n\n';
    const [section] = splitSections(text);
    assert.equal(text.slice(section!.start, section!.end), 'PLAN:  stop aspirin 💊');
    assert.equal(section!.heading!.title, 'PLAN');
    assert.equal(text.slice(section!.heading!.start, section!.heading!.end), 'PLAN:');
    assert.equal(text.slice(section!.body.start, section!.body.end), 'stop aspirin 💊');
  });

  it('gives an empty body at the end of a heading without text', () => {
    const [section] = splitSections('PLAN');
    assert.deepEqual(section!.body, { start: 4, end: 4 });
  });

  it('tiles every text from its first to its last character that is not white space', () => {
    const piece = fc.constantFrom(
      'HPI',
      'PLAN:',
      'Allergies: none.',
      'Cough for 3 days.',
      '## Plan',
      '\n',
      '\r\n',
      '\r',
      '\n\n',
      '  ',
      '\t',
      'ABCDEF',
      '💊',
      '| a |',
      '1. ',
      '- x',
      ': ',
      '**',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(piece).map((pieces) => pieces.join('')),
          fc.string({ unit: 'grapheme' }),
        ),
        (text) => {
          const sections = splitSections(text);
          let end = 0;
          for (const section of sections) {
            assert.equal(solid(text.slice(end, section.start)), '');
            assert.equal(text.slice(section.start, section.end).trim(), text.slice(section.start, section.end));
            assert.ok(section.end > section.start && section.body.start >= section.start && section.body.end === section.end);
            const heading = section.heading;
            if (heading !== null) assert.equal(heading.start, section.start);
            assert.equal(solid(text.slice(heading?.end ?? section.start, section.body.start)), '');
            if (heading !== null) assert.ok(text.slice(heading.start, heading.end).includes(heading.title));
            end = section.end;
          }
          assert.equal(solid(text.slice(end)), '');
        },
      ),
      { numRuns: 500 },
    );
  });

  it('reads a megabyte of headings on one line', () => {
    assert.equal(splitSections('CC: cough. PMH: asthma. '.repeat(45_000)).length, 90_000);
  });
});
