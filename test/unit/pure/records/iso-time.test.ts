import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isoTimeMs } from '../../../../shared/pure/records/iso-time.ts';

describe('a time in ISO 8601', () => {
  it('is the same as by the calendar of JavaScript, for every date of four-digit years', () => {
    const times = fc.date({ min: new Date('0000-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true });
    fc.assert(
      fc.property(times, (time) => {
        const text = time.toISOString();
        assert.equal(isoTimeMs(text), time.getTime());
        assert.equal(isoTimeMs(text.slice(0, 10)), Date.parse(text.slice(0, 10)));
      }),
      { numRuns: 2000 },
    );
  });

  const times: [string, string][] = [
    ['2026-03-01T09:30:00+02:00', '2026-03-01T07:30:00.000Z'],
    ['2026-03-01T09:30:00-0530', '2026-03-01T15:00:00.000Z'],
    ['2026-03-01T09:30Z', '2026-03-01T09:30:00.000Z'],
    ['2026-03-01T09:30:05.5Z', '2026-03-01T09:30:05.500Z'],
    ['2026-03-01T09:30:05.123456789Z', '2026-03-01T09:30:05.123Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
  ];
  for (const [text, utc] of times) it(`takes ${text}`, () => assert.equal(new Date(isoTimeMs(text)!).toISOString(), utc));

  const others = [
    ...['2026-03-01T09:30:00', '2026-03-01 09:30:00Z', '2026-02-30', '2025-02-29', '1900-02-29T00:00Z', '2026-13-01', '2026-00-10'],
    ...[
      '2026-03-00',
      '2026-03-01T24:00Z',
      '2026-03-01T09:60Z',
      '2026-03-01T09:30:60Z',
      '2026-03-01T09:30+25:00',
      '01.03.2026',
      '20260301',
      '',
    ],
  ];
  for (const text of others) it(`does not take ${JSON.stringify(text)}`, () => assert.equal(isoTimeMs(text), null));
});
