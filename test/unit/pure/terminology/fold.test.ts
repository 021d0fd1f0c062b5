import assert from 'node:assert/strict';
import { fold, termKey } from '@epee/terminology';
import fc from 'fast-check';

describe('folding of terms', () => {
  it('leaves out case, accents, white space and marks at the ends', () => {
    assert.equal(fold('  Ménière’s\n Disease. '), "meniere's disease");
    assert.equal(fold('β-blocker'), 'beta-blocker');
  });

  const sameKey: readonly (readonly [string, string])[] = [
    ['the chest pains', 'chest pain'],
    ['Diabetes Mellitus, Type 2', 'type 2 diabetes mellitus'],
    ['pain in the right knee', 'right knee pain'],
    ['non-steroidal', 'nonsteroidal'],
    ['vitamin B-12', 'vitamin b12'],
    ['haemorrhagic diarrhoea', 'hemorrhagic diarrhea'],
    ["Crohn's disease", 'Crohn disease'],
  ];
  for (const [one, other] of sameKey)
    it(`has one key for "${one}" and "${other}"`, () => assert.equal(termKey(fold(one)), termKey(fold(other))));

  const otherKey: readonly (readonly [string, string])[] = [
    ['anaemia due to cancer', 'cancer due to anaemia'],
    ['hypertension', 'hypotension'],
    ['1.5 mg', '15 mg'],
    ['type 1 diabetes', 'type 2 diabetes'],
  ];
  for (const [one, other] of otherKey)
    it(`keeps "${one}" and "${other}" apart`, () => assert.notEqual(termKey(fold(one)), termKey(fold(other))));

  it('folds what is folded to itself', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 200 }).map((units) => String.fromCharCode(...units)),
        (text) => fold(fold(text)) === fold(text),
      ),
    );
  });
});
