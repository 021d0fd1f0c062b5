import assert from 'node:assert/strict';
import fc from 'fast-check';
import { idOf, noteAt } from '../../faults/support/numbered-notes.ts';
import { describeFindings, isClean, judge, type Observed, originId } from '../../faults/support/oracle.ts';

const notes = { prefix: 'd', documents: 3 };
const observed = (at: number, offset = at): Observed => {
  const note = noteAt(at, notes);
  return { id: idOf(note), documentId: note.documentId, version: note.version, partition: 0, offset: BigInt(offset) };
};
const stream = (...ats: number[]) => ats.map((at, offset) => observed(at, offset));

describe('oracle', () => {
  it('finds nothing where each input has its output, in any mix of documents', () => {
    assert.ok(isClean(judge(stream(0, 1, 2, 3, 4), stream(2, 1, 0, 4, 3), [])));
  });

  it('wants as many outputs as inputs: a note that was sent twice has two results', () => {
    assert.ok(isClean(judge(stream(0, 0), stream(0, 0), [])));
    assert.equal(judge(stream(0, 0), stream(0), []).missing.length, 1);
  });

  it('takes a dead letter for the output of its own record only', () => {
    const dead = [originId(0, 1n)];
    assert.ok(isClean(judge(stream(0, 1), stream(0), dead)));
    assert.deepEqual(judge(stream(0, 1), stream(0, 1), dead).foreign, ['d-1@1']);
    assert.deepEqual(judge(stream(0, 1), stream(0), [...dead, ...dead]).doubled, ['record 0/1']);
    assert.deepEqual(judge(stream(0, 1), stream(0, 1), [originId(0, 7n)]).foreign, ['record 0/7']);
  });

  it('counts a record that cannot be read by its place', () => {
    const unreadable = { id: null, documentId: null, version: null, partition: 0, offset: 5n };
    assert.deepEqual(judge([unreadable], [], []).missing, ['record 0/5']);
    assert.ok(isClean(judge([unreadable], [], [originId(0, 5n)])));
  });

  it('finds a version behind a later one of its document', () => {
    const findings = judge(stream(0, 3), stream(3, 0), []);
    assert.deepEqual(findings.disordered, ['d-0@1']);
    assert.match(describeFindings(findings), /disordered: 1 \(d-0@1\)/);
  });

  it('asks for the order of the input, which a client that repeats a send may have turned round itself', () => {
    assert.ok(isClean(judge(stream(0, 3, 0, 3), stream(0, 3, 0, 3), [])));
    assert.deepEqual(judge(stream(0, 3, 0, 3), stream(0, 0, 3, 3), []).disordered, ['d-0@2']);
  });

  it('finds whatever is dropped, doubled or added', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.nat(), fc.constantFrom('drop', 'double', 'add'), (count, which, change) => {
        const input = stream(...Array.from({ length: count }, (_, at) => at));
        const at = which % count;
        const output = [...input];
        if (change === 'drop') output.splice(at, 1);
        if (change === 'double') output.splice(at, 0, output[at]!);
        if (change === 'add') output.push(observed(count));
        const found = judge(input, output, []);
        assert.equal(found.missing.length, change === 'drop' ? 1 : 0);
        assert.equal(found.doubled.length, change === 'double' ? 1 : 0);
        assert.equal(found.foreign.length, change === 'add' ? 1 : 0);
      }),
    );
  });
});
