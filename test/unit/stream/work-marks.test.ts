import assert from 'node:assert/strict';
import { formatWorkMark, NO_SUSPICION, parseWorkMark, suspicionAfter, suspicionBehind, type WorkMark } from '@epee/stream';
import fc from 'fast-check';

const count = fc.nat({ max: 999_999 });
const owner = fc.stringMatching(/^[A-Za-z0-9-]{1,64}$/);
const marks = fc
  .tuple(fc.boolean(), owner, count, count, count)
  .map(([isOpen, owner, inHand, suspects, crashes]): WorkMark => ({ isOpen, owner, inHand, suspicion: { suspects, crashes } }));
const mark = (over: Partial<WorkMark>): WorkMark => ({
  isOpen: true,
  owner: 'other',
  inHand: 96,
  suspicion: NO_SUSPICION,
  ...over,
});

describe('work marks', () => {
  it('are read back as they were written, and are short', () => {
    fc.assert(
      fc.property(marks, (written) => {
        const text = formatWorkMark(written);
        assert.ok(text.length <= 100 && /^[\x20-\x7e]+$/.test(text));
        assert.deepEqual(parseWorkMark(text), written);
      }),
    );
  });

  it('of another form are no marks', () => {
    const other = ['', 'set by hand', 'epee/2 open a 1 1 1', 'epee/1 open a 1 1', 'epee/1 open a 1 1 1 ', 'epee/1 open a 1 1 99999999'];
    for (const text of other) assert.equal(parseWorkMark(text), null, text);
    assert.deepEqual(suspicionAfter(null, 'me'), NO_SUSPICION);
  });

  it('mean a crash only when they are open and of another process', () => {
    const known = { suspects: 7, crashes: 2 };
    assert.deepEqual(suspicionAfter(mark({ isOpen: false, suspicion: known }), 'me'), known);
    assert.deepEqual(suspicionAfter(mark({ owner: 'me', suspicion: known }), 'me'), known);
    assert.deepEqual(suspicionAfter(mark({}), 'me'), { suspects: 96, crashes: 0 });
  });

  it('blame a record only when it was alone in hand', () => {
    const afterMany = suspicionAfter(mark({ inHand: 96, suspicion: { suspects: 0, crashes: 0 } }), 'me');
    assert.deepEqual(afterMany, { suspects: 96, crashes: 0 });
    const afterOne = suspicionAfter(mark({ inHand: 1, suspicion: { suspects: 40, crashes: 1 } }), 'me');
    assert.deepEqual(afterOne, { suspects: 40, crashes: 2 });
  });

  it('forget the blame once the record is committed, and the suspects one by one', () => {
    assert.deepEqual(suspicionBehind({ suspects: 3, crashes: 2 }, 0), { suspects: 3, crashes: 2 });
    assert.deepEqual(suspicionBehind({ suspects: 3, crashes: 2 }, 1), { suspects: 2, crashes: 0 });
    assert.deepEqual(suspicionBehind({ suspects: 3, crashes: 0 }, 32), NO_SUSPICION);
  });
});
