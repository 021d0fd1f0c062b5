import assert from 'node:assert/strict';
import { createTerminology, MAX_CODES_PER_SYSTEM, MAX_TERM_LENGTH, NO_TERMINOLOGY } from '@epee/terminology';
import fc from 'fast-check';
import { drug, lookUpIn, named, problem } from './support.ts';

describe('codes of medications', () => {
  const find = lookUpIn(
    drug('M', 'Metoprolol', 'lopressor'),
    drug('MS', 'Morphine Sulfate'),
    drug('MG', 'Magnesium Sulfate'),
    drug('L', 'Lisinopril'),
    drug('H', 'Hydrochlorothiazide'),
    drug('A', 'Aspirin'),
    drug('K', 'Potassium Chloride'),
    drug('P', 'Potassium'),
    problem('X', 'Lopressor poisoning', 'aspirin'),
  );
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['METOPROLOL', ['M/exact']],
    ['the metoprolols', ['M/normalised']],
    ['metoprolol succinate ER 50 mg', ['M/normalised']],
    ['Lopressor (metoprolol tartrate)', ['M/normalised']],
    ['low-dose aspirin 81 mg', ['A/normalised']],
    ['potassium chloride', ['K/exact']],
    ['A.S.A.', ['A/abbreviation']],
    ['HCTZ', ['H/abbreviation']],
    ['MS', ['MS/abbreviation', 'MG/abbreviation']],
    ['lisinopril/HCTZ 20/12.5 mg', ['L/normalised', 'H/normalised']],
    ['lisinopril/unknownium', []],
    ['metoprol', []],
    ['succinate', []],
    ['50 mg', []],
    ['', []],
  ];
  for (const [text, codes] of cases) it(`of "${text}"`, () => assert.deepEqual(find('medication', text), codes));

  it('are those of the label', () => {
    assert.deepEqual(find('problem', 'aspirin'), ['X/exact']);
    assert.deepEqual(find('dose', 'aspirin'), []);
  });
});

describe('codes of problems', () => {
  const find = lookUpIn(
    problem('H', 'Hypertension'),
    problem('KP', 'Knee pain'),
    problem('RK', 'Pain in right knee'),
    problem('D', 'Type 2 diabetes mellitus'),
    problem('M1', 'Multiple sclerosis'),
    problem('M2', 'Mitral stenosis'),
    problem('C1', 'Cold', 'common cold'),
    problem('C2', 'Chills', 'cold'),
  );
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['severe hypertension', ['H/normalised']],
    ['HTN', ['H/abbreviation']],
    ['mild HTN', ['H/abbreviation']],
    ['type 2 DM', ['D/abbreviation']],
    ['right knee pain', ['RK/normalised']],
    ['left knee pain', ['KP/normalised']],
    ['MS', ['M1/abbreviation', 'M2/abbreviation']],
    ['CA', []],
    ['Cold', ['C1/exact']],
    ['portal hypertension', []],
  ];
  for (const [text, codes] of cases) it(`of "${text}"`, () => assert.deepEqual(find('problem', text), codes));
});

describe('codes', () => {
  it('are none where a term has more concepts than could be told apart', () => {
    const many = Array.from({ length: MAX_CODES_PER_SYSTEM + 1 }, (_, at) => drug(`${at}`, `Salt ${at}`, 'salt'));
    assert.deepEqual(lookUpIn(...many)('medication', 'salt'), []);
    assert.equal(lookUpIn(...many.slice(1))('medication', 'salt').length, MAX_CODES_PER_SYSTEM);
  });

  it('come from each system with its own step', () => {
    const { codesOf, terminologies } = createTerminology([named('A', [drug('1', 'Aspirin')]), named('B', [drug('2', 'Aspirin tablets')])]);
    assert.deepEqual(
      codesOf('medication', 'aspirin tablets').map(({ system, match }) => [system, match]),
      [
        ['A', 'normalised'],
        ['B', 'exact'],
      ],
    );
    assert.deepEqual(
      terminologies.map(({ system }) => system),
      ['A', 'B'],
    );
    assert.deepEqual(NO_TERMINOLOGY.codesOf('medication', 'aspirin'), []);
  });

  it('are always of the table, whatever the text', () => {
    const words = [
      'metoprolol',
      'succinate',
      '50',
      'mg',
      '/',
      '(',
      ')',
      'and',
      'HTN',
      'severe',
      'left',
      'of',
      'the',
      'pain',
      '-',
      '\u0000',
      'é',
      '=',
      '\t',
    ];
    const table = named('S', [drug('M', 'Metoprolol'), drug('S', 'Succinate'), problem('P', 'Pain'), problem('H', 'Hypertension')]);
    const { codesOf } = createTerminology([table]);
    const text = fc.oneof(
      fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 200 }).map((units) => String.fromCharCode(...units)),
      fc.array(fc.constantFrom(...words), { maxLength: 30 }).map((parts) => parts.join(' ')),
    );
    fc.assert(
      fc.property(fc.constantFrom('medication', 'problem', 'test', 'procedure', 'toString'), text, (label, words) => {
        for (const { system, code, display } of codesOf(label, words)) {
          assert.equal(system, 'S');
          assert.ok(['M Metoprolol', 'S Succinate', 'P Pain', 'H Hypertension'].includes(`${code} ${display}`));
        }
      }),
    );
  });

  it('ask a table a bounded number of times, however long the text', () => {
    let asked = 0;
    const find = () => {
      asked += 1;
      return [];
    };
    const { codesOf } = createTerminology([
      { use: { system: 'S', version: '1', sha256: '' }, table: { concepts: 0, keys: 0, bytes: 0, find } },
    ]);
    for (const text of ['a/'.repeat(80), '('.repeat(160), 'left '.repeat(32), '1'.repeat(160), 'HTN '.repeat(40), 'a-b '.repeat(40)])
      for (const label of ['medication', 'problem', 'test']) {
        asked = 0;
        codesOf(label, text);
        assert.ok(asked <= 60, `${label} asked ${asked} times`);
      }
    codesOf('medication', 'x'.repeat(1_000_000));
    assert.ok('x'.repeat(1_000_000).length > MAX_TERM_LENGTH);
  });
});
