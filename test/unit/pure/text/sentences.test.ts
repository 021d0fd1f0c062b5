import assert from 'node:assert/strict';
import fc from 'fast-check';
import { splitSentences } from '../../../../shared/pure/text/cut/sentences.ts';
import { sentencesOf, solid } from './cases.ts';

/** `¦` stands where a sentence ends; the text is the same without it. White space around it belongs to no sentence. */
const CASES: Readonly<Record<string, readonly string[]>> = {
  'plain sentences': [
    'He slept well.¦ She did not!¦ Why?¦ Nobody knows.',
    'Stable (for now).¦ "Better," he says.¦ Home.',
    'He said "stop."¦ He left.',
  ],
  'doses and times': [
    'Take 5 mg p.o. b.i.d. for 3 days.',
    'Given p.o. q.i.d. p.r.n. for pain.',
    'Take 5 mg b.i.d.¦ Patient tolerated it.',
    'Aspirin 81 mg p.o. q.d.¦ Follow up in 2 wks.¦ Call if worse.',
    'Seen at 3 p.m. and 5 a.m. by the nurse.',
    'Woke at 2 a.m.¦ The pain was gone.',
    'Gave 4 mg.¦ BP was 120/80.',
    'Gave 4 mg. PO as needed.',
    'Reduce to 6.25 mg b.i.d.¦ Stop at .5 mg.',
    'Weight 71.8 kg.¦ Height 1.5 m.',
  ],
  'titles and names': [
    'Seen by Dr. Smith and Mrs. Jones.',
    'Seen by Dr. A. B. Smith, M.D., today.',
    'Referred to J. Smith for review.',
    'Mr. X. Rivera left.',
    'St. Mary Hospital called.',
    'She lives in the U.S. FDA approval is pending.',
  ],
  'a letter that is no initial': [
    'Temp 38.2 C.¦ BP 110/70.',
    'O2 at 2 L.¦ Lungs clear.',
    'Dx: breast CA.¦ Patient well.',
    'Hx of MS.¦ She walks.',
    'He has hepatitis C.¦ Interferon failed.',
    'Deficient in vitamin D.¦ Started today.',
    'It was plan B.¦ The family agrees.',
    'Grew E. coli again.',
  ],
  'words that are no abbreviations': ['Normal exam.¦ CT negative.', 'Stopped all meds.¦ BP fell.', 'Warfarin 5 mg daily.¦ PO intake poor.'],
  'other abbreviations': [
    'Drug A vs. Placebo was tried, e.g. Aspirin, i.e. Salicylate.',
    'It took approx. 3 h.¦ Then she left.',
    'See No. 5 and Fig. 2 there.',
    'He said no.¦ The nurse left.',
    'Smith et al. reported it.',
    'Nausea, rash etc.¦ Drug stopped.',
    'pt. improved; hx. of asthma.',
  ],
  'numbers and enumerators': [
    'INR was 5.¦ He bled.',
    'Temp 98.6.¦ Pulse 70.',
    'Pain at C5-6.¦ Stable.',
    '1. Cancer.¦ 2. Coronary disease.',
    'Discharged on 10.¦ 3 days later he fell.',
    'Score 4.¦ 2 tablets given.',
  ],
  'lists in one line': [
    'ECOG: 1.¦ Cycle 2.¦ Tolerated well.',
    'Pain score: 1.¦ Wound dry on day 2.¦ Dressing changed.',
    'Given:¦ 1. Ramipril 5 mg¦ 2. Aspirin.¦ Seen on day 3.¦ Potassium high.',
    'Risks are:¦ 1. Pain.¦ 2. Fever.¦ 3. Scars.',
    'a. Keep the cast¦ b. Stop smoking¦ c. See us in May',
    'Papers:¦ 1. Letter of B. Hill, M.D.¦ 2. Scan of 2011.',
    '1.No fever.¦\n2.No rash.',
  ],
  'a comma after the full stop, as some copies have it': ['Fever since May.,¦ He coughs.,¦2.  Rest.'],
  'a title in capitals after a sentence': ['Normal exam.¦ NEUROVASCULAR: intact.¦ SKIN: dry.'],
  'laboratory values after a full stop': ['On arrival Hgb. 8.4 and Plt. 210 K.', 'Wt. 71 kg.'],
  'capitals that go on': ['GIVEN IBUPROFEN P.O. AND SENT HOME.', 'TAKE 5 MG B.I.D. FOR 3 DAYS.'],
  'an initial before a beginning': ['Seen by Dr. T. Yesterday he fell.'.replace('T. ', 'T.¦ '), 'Asked Dr. V.¦ Thereafter calm.'],
  ellipses: ['He waited... and left.', 'Unclear...¦ Repeat tomorrow.', 'Pending… Results tomorrow'.replace('… ', '…¦ ')],
  'telegraphic notes': ['pt stable.¦ denies fever.¦ cont meds', 'c/o rash w/ itch.¦ d/c home', 'r/o ?PE for now'],
  'a space left out': [
    'No edema or PND.¦All else is normal.',
    'Took 81 mg.¦She slept.',
    'Sent from the U.S.Army base.',
    'Treated the disease.¦The patient left.',
    'See www.example.org for more.',
    'Node.js was not given.',
  ],
  'no ASCII stops': ['停药。¦患者好转。', 'Er nahm Ibuprofen ein.¦ Übelkeit folgte.'],
  'astral and combining characters': ['Pill 💊 taken.¦ 𝛼-blocker stopped.', 'Cafe\u0301 au lait.¦ Rash.'],
  'wrapped prose': [
    'She was started on warfarin 5 mg daily by the clinic and was seen by\nDr. Jones, who felt that it was too much for her. ¦\nWarfarin was held\nuntil the next visit.',
    'The patient was given the first dose of amoxicillin in the emergency\r\ndepartment and developed a rash after the second one the next day, so\r\nthat it was stopped.',
    'He reacted to the first infusion of the new antibody with rigors, which\rwere treated with\rpethidine.',
    'Severe nausea after\ncisplatin.',
    'Reviewed this morning with Dr.\nSmith of surgery.',
    'He was sent home from the clinic on oral amoxicillin 500 mg b.i.d.\nplus a short course of prednisolone for the wheeze that he still had.',
    'She was reviewed on the ward by the team and it was agreed that our\nMetoprolol ought to be stopped before the operation, that the\nsurgeon would be told and that nothing else had to be changed, so\nwe left it.',
    'The patient was seen in the clinic today with her daughter and was\nfound to be in good spirits and without any new complaint since her\nlast visit¦\nAspirin 81 mg',
    'A rash appeared\nafter the second dose.',
    'She rated the pain 8 over\n10 and it came back every\n2 or 3 weeks.',
    'HE TOOK IBUPROFEN AND FELT SICK OVER THE NIGHT AND\nMORNING.¦ NO FEVER OR\nRIGORS WERE SEEN.',
    'Tea was had early. The ward then was\ntold that all was well and quiet, and the night\nwent by.'.replace('early. ', 'early.¦ '),
    'He was given two litres of fluid overnight. By the morning he had\nGrade 2 sunburn of the shoulders, which was dressed by the night\nNurse.'.replace(
      'overnight. ',
      'overnight.¦ ',
    ),
  ],
  'bare lines': [
    'Lisinopril 10 mg po daily¦\nAtorvastatin 40 mg po qhs¦\nAspirin 81 mg',
    'metformin 500 mg bid¦\naspirin 81 mg daily',
    'Medical¦\nPeripheral neuropathy.',
    'Kidney disease, chronic¦\nDiabetes mellitus¦\nPancreatitis, acute¦\nGallstones',
    'Fever no¦\nCough yes¦\nChest pain no',
    'Murphy sign -¦\nRebound -¦\nGuarding +¦\nBowel sounds present',
    'Metoprolol 25 mg p.o. b.i.d.¦\nLisinopril 10 mg p.o. q.d.',
    'Severe headache¦\n\nafter lunch',
    'Metoprolol succinate 25 mg by mouth twice daily with food¦\nLisinopril 10 mg by mouth every morning¦\nAspirin 81 mg',
    'feels ok¦\nabdo soft, wounds dry, drain 30 mL serous fluid over the night',
    'SKIN: warm¦\nNEURO: normal',
    'Constitutional¦\rElderly male.¦\r\nNo distress',
  ],
  lists: [
    '- stop aspirin¦\n- start clopidogrel 75 mg\n  daily with food¦\n- rest',
    '1. Hypertension¦\n2. Diabetes.¦ Well controlled.¦\n3) Pain',
    '• Rash ¦\n• Nausea and\n  vomiting',
    'Plan:¦\n-rest¦\n* fluids¦\n[x] called¦\n(a) wait',
    'No loss of taste or smell and no change in his voice over the winter¦\nFevers at night¦\nLives alone.',
  ],
  tables: [
    'Sodium      138     mmol/L¦\nPotassium   5.9     mmol/L',
    '| Drug | Dose |¦\n|---|---|¦\n| aspirin | 81 mg |',
    'Hb\t11.2¦\nPlt\t58',
  ],
  rules: ['Rash¦\n-----¦\nNausea'],
};

describe('splitSentences', () => {
  for (const [name, texts] of Object.entries(CASES)) {
    describe(name, () => {
      for (const marked of texts) {
        it(marked.slice(0, 70), () =>
          assert.deepEqual(
            sentencesOf(marked.replaceAll('¦', '')),
            marked.split('¦').map((sentence) => sentence.trim()),
          ),
        );
      }
    });
  }

  it('tells where the words of a list item begin', () => {
    const text = '12) Stop aspirin. 2. Rest\n[ ] call\n#3 Cough\n- 5 mg\nA. fumigatus';
    assert.deepEqual(
      splitSentences(text, { start: 0, end: text.length }).map(({ textStart, end }) => text.slice(textStart, end)),
      ['Stop aspirin.', 'Rest', 'call', 'Cough', '5 mg', 'A. fumigatus'],
    );
  });

  it('takes a sign before a number for a list marker among other items, or before a span of time', () => {
    const words = (text: string) =>
      splitSentences(text, { start: 0, end: text.length }).map(({ textStart, end }) => text.slice(textStart, end));
    assert.deepEqual(words('-5 mg ramipril\n-aspirin\n-2.5 mg bisoprolol'), ['5 mg ramipril', 'aspirin', '2.5 mg bisoprolol']);
    assert.deepEqual(words('-2-week review'), ['2-week review']);
    assert.deepEqual(words('-2.5 dioptres'), ['-2.5 dioptres']);
    const signs = ['-ve for COVID', '> 50 % stenosis', '#NOF repaired', '+ fever'];
    assert.deepEqual(words(signs.join('\n')), signs);
    assert.deepEqual(words('#T2DM\n# CKD'), ['T2DM', 'CKD']);
  });

  it('keeps to the body that it is given', () => {
    const text = 'One. Two. Three.';
    assert.deepEqual(splitSentences(text, { start: 5, end: 9 }), [{ start: 5, end: 9, textStart: 5 }]);
  });

  describe('bounded length', () => {
    it('cuts at the last white space within reach', () => {
      assert.deepEqual(sentencesOf('aaa bbb ccc ddd', 8), ['aaa bbb', 'ccc ddd']);
      assert.deepEqual(sentencesOf('aaa bbb ccc ddd', 7), ['aaa bbb', 'ccc ddd']);
    });

    it('cuts neither a surrogate pair nor a letter from its marks where there is no white space', () => {
      assert.deepEqual(sentencesOf('💊💊💊💊💊', 5), ['💊💊', '💊💊', '💊']);
      assert.deepEqual(sentencesOf('abcde\u0301\u0301fg', 6), ['abcd', 'e\u0301\u0301fg']);
    });

    for (const [name, unit] of [
      ['words', 'pt on warfarin with INR 5 '],
      ['no white space', 'abcdefghij'],
      ['stops without white space', 'a.b.'],
      ['initials', 'A. '],
      ['short lines', 'aspirin 81 mg\n'],
      ['line breaks', '\n'],
      ['blanks', 'x          '],
      ['quotes', '."'],
    ] as const) {
      it(`reads a megabyte of ${name}`, () => {
        const text = `x${unit.repeat(Math.ceil(1_048_576 / unit.length))}`;
        const sentences = sentencesOf(text);
        assert.equal(solid(sentences.join('')), solid(text));
        assert.ok(sentences.every(({ length }) => length <= 2000));
      });
    }
  });

  it('holds every character that is not white space exactly once, in order', () => {
    const piece = fc.constantFrom(
      'He bled',
      '. ',
      '.',
      'b.i.d. ',
      'Dr. ',
      '\n',
      '\r\n',
      '\r',
      '\n\n',
      '- ',
      '1. ',
      '|',
      '\t',
      '   ',
      '💊',
      'e\u0301',
      '…',
      '"',
      ')',
      'C. ',
      '\u0085',
      '5.5',
      ': ',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join('')),
          fc.string({ unit: 'binary' }),
        ),
        fc.integer({ min: 4, max: 60 }),
        (text, maxUnits) => {
          let end = 0;
          for (const sentence of splitSentences(text, { start: 0, end: text.length }, maxUnits)) {
            assert.equal(solid(text.slice(end, sentence.start)), '');
            assert.ok(sentence.end > sentence.start && sentence.end - sentence.start <= maxUnits);
            assert.ok(sentence.textStart >= sentence.start && sentence.textStart < sentence.end);
            assert.doesNotMatch(text.slice(sentence.start, sentence.end), /^[\s\u0085]|[\s\u0085]$/);
            assert.doesNotMatch(text.slice(sentence.start, sentence.end), /\p{Surrogate}/u);
            end = sentence.end;
          }
          assert.equal(solid(text.slice(end)), '');
        },
      ),
      { numRuns: 500 },
    );
  });
});
