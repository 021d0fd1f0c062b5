import assert from 'node:assert/strict';
import { attachArguments, gapBetween, supportedTriggers } from '../../../../shared/pure/text/read/events.ts';
import type { Span } from '../../../../shared/pure/text/read/tags.ts';
import { wordsOf } from '../../../../shared/pure/text/rows/windows.ts';
import { encode } from './fakes.ts';
import { span } from './spans.ts';

const WORDS = wordsOf(encode('a b c d e f g h i j'));

function attached(triggers: readonly Span[], entities: readonly Span[]): (readonly [string, readonly string[]])[] {
  return attachArguments(triggers, entities, WORDS).map(
    ({ trigger, entities }) => [trigger.label, entities.map(({ label, firstWord }) => `${label}@${firstWord}`)] as const,
  );
}

describe('supportedTriggers', () => {
  const triggers = [span('Adverse_event', 2), span('Potential_therapeutic_event', 8)];

  for (const [what, entities, kept] of [
    ['an effect and a drug', [span('Effect', 0), span('Treatment.Drug', 5)], 2],
    ['an effect alone', [span('Effect', 0)], 1],
    ['a drug alone', [span('Treatment.Drug', 5)], 1],
  ] as const) {
    it(`finds ${kept} of an adverse and a therapeutic trigger beside ${what}`, () => {
      assert.deepEqual(supportedTriggers(triggers, entities), triggers.slice(-kept));
    });
  }
});

describe('attachArguments', () => {
  it('gives the only event all arguments of its kind', () => {
    assert.deepEqual(attached([span('Adverse_event', 4)], [span('Effect', 0), span('Treatment.Drug', 9)]), [
      ['Adverse_event', ['Effect@0', 'Treatment.Drug@9']],
    ]);
  });

  it('gives each argument to the nearest trigger, the earlier of two as near', () => {
    assert.deepEqual(
      attached(
        [span('Adverse_event', 2), span('Potential_therapeutic_event', 8)],
        [span('Subject', 0), span('Effect', 5), span('Treatment.Drug', 6)],
      ),
      [
        ['Adverse_event', ['Subject@0', 'Effect@5']],
        ['Potential_therapeutic_event', ['Treatment.Drug@6']],
      ],
    );
  });

  it('keeps the roles of combinations and of other events apart', () => {
    assert.deepEqual(
      attached([span('Combination', 1), span('Adverse_event', 9)], [span('Treatment.Drug', 0), span('Combination.Drug', 8)]),
      [
        ['Combination', ['Combination.Drug@8']],
        ['Adverse_event', ['Treatment.Drug@0']],
      ],
    );
  });

  it('leaves an entity without an event of its kind alone', () => {
    assert.deepEqual(attached([span('Combination', 1)], [span('Effect', 0)]), [['Combination', []]]);
    assert.deepEqual(attached([], [span('Effect', 0)]), []);
  });
});

describe('gapBetween', () => {
  it('counts characters between spans, none where they touch or overlap', () => {
    assert.equal(gapBetween(span('x', 0), span('y', 3), WORDS), 5);
    assert.equal(gapBetween(span('x', 3), span('y', 0), WORDS), 5);
    assert.equal(gapBetween(span('x', 0, 5), span('y', 2), WORDS), 0);
  });
});
