import assert from 'node:assert/strict';
import { candidatePairs } from '../../../../shared/pure/text/rows/pairs.ts';
import { wordsOf } from '../../../../shared/pure/text/rows/windows.ts';
import { encode } from './fakes.ts';
import { span } from './spans.ts';

const WORDS = wordsOf(encode('w '.repeat(100)));
const CANDIDATES = [
  { head: 'Treatment.Drug', tails: ['Effect', 'Treatment.Dosage'] },
  { head: 'Effect', tails: ['Effect'] },
];

function outline(entities: Parameters<typeof candidatePairs>[0], limit?: number) {
  const { pairs, leftOut } = candidatePairs(entities, WORDS, CANDIDATES, limit);
  return { pairs: pairs.map(({ head, tail }) => `${head.label}@${head.firstWord} ${tail.label}@${tail.firstWord}`), leftOut };
}

describe('candidatePairs', () => {
  it('pairs heads with the tails that the task names, nearest first', () => {
    assert.deepEqual(outline([span('Effect', 0), span('Subject', 2), span('Treatment.Drug', 5), span('Treatment.Dosage', 6)]), {
      pairs: ['Treatment.Drug@5 Treatment.Dosage@6', 'Treatment.Drug@5 Effect@0'],
      leftOut: 0,
    });
  });

  it('pairs no entity with itself', () => {
    assert.deepEqual(outline([span('Effect', 0), span('Effect', 4)]).pairs, ['Effect@0 Effect@4', 'Effect@4 Effect@0']);
  });

  it('keeps the nearest pairs up to the limit and counts the others', () => {
    const drugs = [10, 20, 30].map((word) => span('Treatment.Drug', word));
    assert.deepEqual(outline([...drugs, ...[11, 22, 33].map((word) => span('Treatment.Dosage', word))], 3), {
      pairs: ['Treatment.Drug@10 Treatment.Dosage@11', 'Treatment.Drug@20 Treatment.Dosage@22', 'Treatment.Drug@30 Treatment.Dosage@33'],
      leftOut: 6,
    });
  });

  it('keeps the order of the text among pairs that are as near', () => {
    const { pairs, leftOut } = outline(
      Array.from({ length: 40 }, (_, i) => span(i % 2 === 0 ? 'Treatment.Drug' : 'Treatment.Dosage', i * 2)),
      5,
    );
    assert.deepEqual(
      pairs,
      ['0 2', '4 2', '4 6', '8 6', '8 10'].map((pair) => `Treatment.Drug@${pair.split(' ')[0]} Treatment.Dosage@${pair.split(' ')[1]}`),
    );
    assert.equal(leftOut, 395);
  });
});
