import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseValue } from '../../../../../shared/pure/text/facts/parse-values.ts';

const CASES: readonly (readonly [label: string, words: string, expected: Record<string, unknown> | null])[] = [
  ['dose', '500 mg', { number: 500, unit: 'mg' }],
  ['dose', '2.5-5 MG', { number: 2.5, high: 5, unit: 'mg' }],
  ['dose', '1/2 tablet', { number: 0.5, unit: 'tablet' }],
  ['dose', '1 1/2 tablets', { number: 1.5, unit: 'tablets' }],
  ['dose', 'one to two puffs', { number: 1, high: 2, unit: 'puffs' }],
  ['dose', '5,000 units', { number: 5000, unit: 'units' }],
  ['dose', '0.1 mcg/kg/min', { number: 0.1, unit: 'mcg/kg/min' }],
  ['dose', '25/100 mg', null],
  ['dose', 'sliding scale', null],
  ['value', '120/80', { number: 120, high: 80 }],
  ['value', '158 over 96', { number: 158, high: 96 }],
  ['value', '98 % on RA', { number: 98, unit: '%' }],
  ['value', '<0.5', { number: 0.5, comparator: '<' }],
  ['value', 'elevated at 8', { number: 8 }],
  ['value', '2.9 L', { number: 2.9 }],
  ['value', '5/5', null],
  ['value', 'fell from 95% to 91%', null],
  ['value', 'negative', null],
  ['frequency', 'b.i.d.', { times: 2, period: 1, periodUnit: 'day' }],
  ['frequency', 'q4h prn', { times: 1, period: 4, periodUnit: 'hour', asNeeded: true }],
  ['frequency', 'q.8h.', { times: 1, period: 8, periodUnit: 'hour' }],
  ['frequency', 'twice a day', { times: 2, period: 1, periodUnit: 'day' }],
  ['frequency', 'every 3 weeks', { times: 1, period: 3, periodUnit: 'week' }],
  ['frequency', 'three times daily', { times: 3, period: 1, periodUnit: 'day' }],
  ['frequency', 'PRN', { asNeeded: true }],
  ['frequency', 'every 4-6 hours', null],
  ['frequency', 'often', null],
  ['duration', 'for 5 days', { period: 5, periodUnit: 'day' }],
  ['duration', 'x3 weeks', { period: 3, periodUnit: 'week' }],
  ['duration', '2/52', { period: 2, periodUnit: 'week' }],
  ['duration', 'the past year', { period: 1, periodUnit: 'year' }],
  ['duration', 'for six to eight weeks', { period: 6, high: 8, periodUnit: 'week' }],
  ['duration', 'a couple of days', null],
  ['severity', '6', null],
];

const EMPTY = { number: null, high: null, comparator: null, unit: null, times: null, period: null, periodUnit: null, asNeeded: false };

describe('values in numbers', () => {
  for (const [label, words, expected] of CASES) {
    it(`${label}: ${words}`, () => assert.deepEqual(parseValue(label, words), expected === null ? null : { ...EMPTY, ...expected }));
  }

  const label = fc.constantFrom('dose', 'value', 'frequency', 'duration');

  it('never throws', () => {
    const piece = fc.constantFrom(
      '1',
      '2.5',
      '/',
      '-',
      ' ',
      'mg',
      'every',
      'q',
      'h',
      'one',
      'a',
      'half',
      '½',
      'x',
      '<',
      '%',
      'prn',
      '.',
      ',',
      'for',
      'days',
      '7',
    );
    fc.assert(
      fc.property(
        label,
        fc.oneof(
          fc.string(),
          fc.array(piece, { maxLength: 12 }).map((parts) => parts.join('')),
        ),
        (kind, words) => void parseValue(kind, words),
      ),
    );
  });

  it('gives numbers that stand in the text', () => {
    const number = fc.oneof(
      fc.integer({ min: 1, max: 9999 }),
      fc.integer({ min: 1, max: 999 }).map((n) => n / 10),
    );
    const frame = fc.constantFrom(
      '# mg',
      '# to % tablets',
      'q#h',
      'every # days',
      'for # weeks',
      '#/%',
      '# %',
      '<#',
      '# times a day',
      '#-% days',
      '# mg of % mg',
      'x#',
      'at # of %',
    );
    fc.assert(
      fc.property(label, frame, number, number, (kind, form, one, two) => {
        const words = form.replace('#', String(one)).replace('%', String(two));
        const parsed = parseValue(kind, words);
        if (parsed === null) return;
        const written = new Set([one, two, 1, 2, 3, 4]);
        const fraction = one / two;
        for (const value of [parsed.number, parsed.high, parsed.times, parsed.period]) {
          assert.ok(value === null || written.has(value) || value === fraction, `${words} gave ${value}`);
        }
      }),
    );
  });
});
