import assert from 'node:assert/strict';
import { drugRelations } from '../../../../../tools/evaluation/read/drug-relations.ts';

const at = (start: number) => ({ text: 'x', start, end: start + 1 });
const event = (type: string, roles: readonly (readonly [string, number])[]) => ({
  type,
  trigger: at(90),
  arguments: roles.map(([role, start]) => ({ role, ...at(start) })),
});
const labels = (id: string, events: ReturnType<typeof event>[]) =>
  drugRelations({ id, events }).map(({ head, tail, label }) => `${head.start}>${tail.start} ${label}`);

describe('relations of a sentence’s events', () => {
  it('join a drug with its effect by the type of the event, and with its other arguments', () => {
    const roles = [
      ['Treatment.Drug', 1],
      ['Effect', 2],
      ['Treatment.Dosage', 3],
      ['Treatment.Freq', 4],
    ] as const;
    assert.deepEqual(labels('a', [event('Adverse_event', roles)]), ['1>2 adverse_effect', '1>3 dosage', '1>4 frequency']);
    assert.deepEqual(labels('a', [event('Potential_therapeutic_event', roles)])[0], '1>2 therapeutic_effect');
  });

  it('say none between arguments of different events', () => {
    const events = [
      event('Adverse_event', [
        ['Treatment.Drug', 1],
        ['Effect', 2],
      ]),
      event('Potential_therapeutic_event', [
        ['Treatment.Drug', 5],
        ['Treatment.Disorder', 6],
      ]),
    ];
    assert.deepEqual(labels('a', events), ['1>2 adverse_effect', '1>6 none', '5>2 none', '5>6 indication']);
  });

  it('give an effect of a combination to none', () => {
    assert.deepEqual(
      labels('a', [
        event('Combination', [
          ['Treatment.Drug', 1],
          ['Effect', 2],
        ]),
      ]),
      ['1>2 none'],
    );
  });

  it('add one pair with an argument of another kind, picked by the id', () => {
    const roles = [
      ['Treatment.Drug', 1],
      ['Subject.Age', 7],
      ['Subject.Gender', 8],
      ['Treatment.Time_elapsed', 9],
    ] as const;
    const picked = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => labels(id, [event('Adverse_event', roles)]));
    assert.ok(picked.every((pairs) => pairs.length === 1 && pairs[0]!.endsWith('none')));
    assert.equal(new Set(picked.flat()).size > 1, true);
    // crc32("a") = 3904355907, which is 0 modulo 3: the trainer picks the first, too.
    assert.deepEqual(picked[0], ['1>7 none']);
  });

  it('pair no span with itself', () => {
    assert.deepEqual(
      labels('a', [
        event('Adverse_event', [
          ['Treatment.Drug', 1],
          ['Effect', 1],
        ]),
      ]),
      [],
    );
  });
});
