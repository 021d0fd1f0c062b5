import assert from 'node:assert/strict';
import { CAREFUL_STEP, formatWorkMark, NO_SUSPICION, parseWorkMark, suspicionAfter, suspicionBehind, type WorkMark } from '@epee/stream';
import fc from 'fast-check';

const count = fc.nat({ max: 999_999 });
const owner = fc.stringMatching(/^[A-Za-z0-9-]{1,64}$/);
const marks = fc
  .tuple(fc.boolean(), owner, count, count, count)
  .map(([isOpen, owner, inFlight, suspects, crashes]): WorkMark => ({ isOpen, owner, inFlight, suspects, crashes }));
const mark = (over: Partial<WorkMark>): WorkMark => ({
  isOpen: true,
  owner: 'other',
  inFlight: 96,
  suspects: 0,
  crashes: 0,
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
    const known = { inFlight: 1, suspects: 7, crashes: 2 };
    for (const calm of [mark({ isOpen: false, ...known }), mark({ owner: 'me', ...known })])
      assert.deepEqual(suspicionAfter(calm, 'me'), { suspects: 7, step: 1, crashes: 2 });
    assert.deepEqual(suspicionAfter(mark({ isOpen: false }), 'me'), NO_SUSPICION);
  });

  it('lead to smaller steps with each crash, down to one record alone', () => {
    const afterMany = suspicionAfter(mark({}), 'me');
    assert.deepEqual(afterMany, { suspects: 96, step: CAREFUL_STEP, crashes: 0 });
    const afterFew = suspicionAfter(mark({ inFlight: CAREFUL_STEP, suspects: 60 }), 'me');
    assert.deepEqual(afterFew, { suspects: CAREFUL_STEP, step: 1, crashes: 0 });
  });

  it('blame a record only when it was alone in flight', () => {
    const afterOne = suspicionAfter(mark({ inFlight: 1, suspects: 5, crashes: 1 }), 'me');
    assert.deepEqual(afterOne, { suspects: 5, step: 1, crashes: 2 });
  });

  it('forget the blame once the record is committed, and the suspects one by one', () => {
    const blamed = { suspects: 3, step: 1, crashes: 2 };
    assert.deepEqual(suspicionBehind(blamed, 0), blamed);
    assert.deepEqual(suspicionBehind(blamed, 1), { suspects: 2, step: 1, crashes: 0 });
    assert.deepEqual(suspicionBehind(blamed, 32), NO_SUSPICION);
  });
});
