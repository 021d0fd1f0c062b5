import assert from 'node:assert/strict';
import { createPairing } from '../../../../../tools/replay/tally/pairing.ts';
import { result } from './documents.ts';

describe('answers of one record', () => {
  const answer = (variant: string, offset: bigint, documentId: string | null = 'd') => ({
    documentId,
    variant,
    origin: { partition: 0, offset, timeMs: 0 },
    answer: result({}),
  });

  it('come together, whatever lies between them', () => {
    const pairing = createPairing(['A', 'B']);
    assert.equal(pairing.take(answer('A', 1n)), null);
    assert.equal(pairing.take(answer('B', 2n)), null);
    assert.equal(pairing.waiting(), 2);
    assert.deepEqual([...pairing.take(answer('B', 1n))!.answers.keys()], ['A', 'B']);
    assert.equal(pairing.take(answer('A', 2n))!.origin.offset, 2n);
    assert.equal(pairing.waiting(), 0);
  });

  it('have the id that one of them knows; other variants play no part', () => {
    const pairing = createPairing(['A', 'B']);
    pairing.take(answer('A', 1n, null));
    assert.equal(pairing.take(answer('Z', 1n)), null);
    assert.equal(pairing.take(answer('B', 1n, 'd7'))!.documentId, 'd7');
  });
});
