import assert from 'node:assert/strict';
import { openTable } from '@epee/terminology';
import { drug, tableBytes } from './support.ts';

const CONCEPTS = [drug('2', 'Aspirin', 'acetylsalicylic acid'), drug('1', 'Aspirins', 'Ásá')];
const text = new TextDecoder().decode(tableBytes(CONCEPTS));
const open = (changed: string) => openTable(new TextEncoder().encode(changed), 'T');

describe('a terminology table', () => {
  it('has the same bytes whatever the order of its concepts', () => {
    assert.deepEqual(tableBytes([...CONCEPTS].reverse()), tableBytes(CONCEPTS));
  });

  it('finds each term that shares a key, with its concepts', () => {
    const found = open(text).find('aspirin');
    assert.deepEqual(
      found.map(({ term, concepts }) => [term, concepts.map(({ code }) => code)]),
      [
        ['aspirin', ['2']],
        ['aspirins', ['1']],
      ],
    );
    assert.deepEqual(open(text).find('aspiri'), []);
    assert.deepEqual(open(text).find(''), []);
  });

  const broken: readonly (readonly [string, string])[] = [
    ['another heading', text.replace('epee-terms 1', 'epee-terms 2')],
    ['too few lines', text.slice(0, text.lastIndexOf('\n', text.length - 2) + 1)],
    ['a last line that is cut short', text.slice(0, -1)],
    ['more lines than it tells of', `${text}zz\t=0\n`],
    ['a concept that is not there', text.replace('=0', '=7')],
    ['a concept without labels', text.replace('Aspirin\tmedication', 'Aspirin')],
    ['keys out of order', text.replace('acetylsalicylic', 'zcetylsalicylic')],
    ['a key without terms', text.replace(/asa\t=\d/, 'asa\t')],
  ];
  for (const [what, changed] of broken)
    it(`is refused with ${what}`, () => {
      assert.notEqual(changed, text);
      assert.throws(() => open(changed), { code: 'TERMINOLOGY_INVALID' });
    });
});
