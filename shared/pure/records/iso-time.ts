/** A date, or a date and time with its offset from UTC. */
const ISO_TIME = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d))?$/;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/**
 * Milliseconds since 1970 UTC of a date (its midnight in UTC) or of a time with its offset, in the
 * extended form of ISO 8601-1, as in RFC 3339; null for any other text. What is finer than a
 * millisecond is cut off.
 */
export function isoTimeMs(text: string): number | null {
  const match = ISO_TIME.exec(text);
  if (match === null) return null;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((digits) => Number(digits ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const [fraction = '', zone = 'Z'] = match.slice(7);
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || second > 59) return null;
  const [zoneHours, zoneMinutes] = zone === 'Z' ? [0, 0] : [Number(zone.slice(1, 3)), Number(zone.slice(-2))];
  if (zoneHours > 23 || zoneMinutes > 59) return null;
  const milliseconds = 1000 * second + Number(fraction.padEnd(3, '0').slice(0, 3));
  const offsetMinutes = (zone.startsWith('-') ? -1 : 1) * (60 * zoneHours + zoneMinutes);
  return daysSince1970(year, month, day) * DAY_MS + (60 * hour + minute - offsetMinutes) * MINUTE_MS + milliseconds;
}

const daysIn = (year: number, month: number) => daysSince1970(year, month + 1, 1) - daysSince1970(year, month, 1);

/** Days of the Gregorian calendar; years are counted from March, so that the leap day is their last. */
function daysSince1970(year: number, month: number, day: number): number {
  const months = 12 * year + month - 3;
  const years = Math.floor(months / 12);
  // The months from March on have 31, 30, 31, 30, 31 days, again and again.
  const dayOfYear = Math.floor((153 * (months - 12 * years) + 2) / 5) + day;
  return 365 * years + Math.floor(years / 4) - Math.floor(years / 100) + Math.floor(years / 400) + dayOfYear - 719_469;
}
