import assert from 'node:assert/strict';
import { type LogLife, type LogNow, resumeIn, splitLife, withLife } from '@epee/stream';
import fc from 'fast-check';

const ID = 'a'.repeat(32);
const OTHER = 'b'.repeat(32);

describe('the life of a log', () => {
  const life: LogLife = { id: ID, epoch: 3 };
  const now = (over: Partial<LogNow> = {}): LogNow => ({ id: ID, start: 0n, epochEnd: 100n, ...over });

  it('goes on where it was in a log that is what it was', () => {
    assert.deepEqual(resumeIn({ offset: 50n, life }, now(), false), { change: 'none', resumeAt: 50n, lost: 0n });
    assert.deepEqual(resumeIn({ offset: 100n, life }, now({ start: 100n }), false), { change: 'none', resumeAt: 100n, lost: 0n });
  });

  it('counts the records between the position and a later start', () => {
    assert.deepEqual(resumeIn({ offset: 50n, life }, now({ start: 80n }), true), { change: 'cut', resumeAt: 80n, lost: 30n });
    assert.deepEqual(resumeIn({ offset: 50n, life: null }, now({ start: 80n }), false), { change: 'cut', resumeAt: 80n, lost: 30n });
  });

  it('reads a topic that was made anew from its start, whether it ends before the position or not', () => {
    for (const isRefused of [true, false])
      assert.deepEqual(resumeIn({ offset: 50n, life }, now({ id: OTHER }), isRefused), { change: 'anew', resumeAt: 0n, lost: 0n });
    assert.deepEqual(resumeIn({ offset: 50n, life }, now({ id: OTHER, start: 7n }), false), { change: 'anew', resumeAt: 7n, lost: 7n });
  });

  it('resumes where a log was truncated, also where it has grown beyond the position since', () => {
    for (const isRefused of [true, false])
      assert.deepEqual(resumeIn({ offset: 50n, life }, now({ epochEnd: 40n }), isRefused), {
        change: 'truncated',
        resumeAt: 40n,
        lost: 0n,
      });
    assert.deepEqual(resumeIn({ offset: 50n, life }, now({ epochEnd: 40n, start: 45n }), false), {
      change: 'truncated',
      resumeAt: 45n,
      lost: 5n,
    });
  });

  it('starts over where the broker has no such offset and nothing tells why', () => {
    const beyond = { change: 'beyond', resumeAt: 2n, lost: 0n };
    assert.deepEqual(resumeIn({ offset: 500n, life: null }, now({ start: 2n, epochEnd: null }), true), beyond);
    assert.deepEqual(resumeIn({ offset: 500n, life: { id: ID, epoch: null } }, now({ start: 2n, epochEnd: null }), true), beyond);
  });

  it('trusts an offset in the log that somebody set by hand', () => {
    assert.deepEqual(resumeIn({ offset: 50n, life: null }, now({ epochEnd: null }), false), { change: 'none', resumeAt: 50n, lost: 0n });
  });

  it('never resumes before the start of a log, and never behind the position but where records are gone', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 60n }),
        fc.bigInt({ min: 0n, max: 60n }),
        fc.option(fc.bigInt({ min: 0n, max: 60n })),
        fc.constantFrom<LogLife | null>(null, life, { id: OTHER, epoch: 1 }),
        fc.boolean(),
        (offset, start, epochEnd, known, isRefused) => {
          const { resumeAt, lost } = resumeIn({ offset, life: known }, { id: ID, start, epochEnd }, isRefused);
          assert.ok(resumeAt >= start);
          assert.ok(resumeAt <= offset || resumeAt === start);
          assert.ok(lost >= 0n && lost <= start);
        },
      ),
    );
  });

  it('is written beside an offset and read again, with what else is there', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('', 'epee/1 open me 1 2 3', 'other tool'),
        fc.option(fc.record({ id: fc.constantFrom(ID, OTHER), epoch: fc.option(fc.nat({ max: 2 ** 31 - 1 })) }, { noNullPrototype: true })),
        (text, known) => {
          const written = withLife(text, known);
          assert.deepEqual(splitLife(written), { text, life: known });
          assert.ok(written.length <= text.length + 48);
        },
      ),
    );
    for (const text of ['', 'epee/1 closed me 1 0 0', `log=${ID}x`, 'log=ff/1', `x log=${ID}/`])
      assert.deepEqual(splitLife(text), { text, life: null });
  });
});
