import type { ParsedValue } from '@epee/records';
import { NUMBER, numberOf } from './number-words.ts';

const NOTHING: ParsedValue = {
  number: null,
  high: null,
  comparator: null,
  unit: null,
  times: null,
  period: null,
  periodUnit: null,
  asNeeded: false,
};

/** Longest words that are read. */
const MAX_UNITS = 80;

/**
 * What the words of a dose, value, frequency or duration come to in numbers.
 *
 * @param label label of the words; any other than those four gives null
 * @returns null where not all of the words are understood: it leaves out, it never guesses
 */
export function parseValue(label: string, words: string): ParsedValue | null {
  if (words.length > MAX_UNITS) return null;
  const text = words.toLowerCase().replace(/\s+/g, ' ').trim();
  if (label === 'dose') return quantity(text, DOSE);
  if (label === 'value') return pressure(text) ?? quantity(text, VALUE);
  if (label === 'frequency') return frequency(text);
  return label === 'duration' ? duration(text) : null;
}

const PER = String.raw`(?:\s?\/\s?(?:\d+ ?)?(?:kg|m2|m²|h|hr|hour|min|minute|day|d|ml|l|dl|dose|24 ?h|g))*`;
const MASS = 'mcg|microg|micrograms?|µg|μg|ug|mg|milligrams?|grams?|gm|g|kg|ng|pg|meq|mmol|[uµμ]mol|nmol|pmol|units?|u|iu|i\\.u\\.';
const FORM =
  'tablets?|tabs?|capsules?|caps?|puffs?|drops?|gtts?|sprays?|patch(?:es)?|sachets?|vials?|doses?|amps?|ampoules?|teaspoons?|tsp|tablespoons?|tbsp|lozenges?|' +
  'suppositor(?:y|ies)|inhalations?|pumps?|capfuls?|bottles?|packets?|spoons?';
const VOLUME = 'ml|milliliters?|millilitres?|cc|dl|liters?|litres?|oz';
const DOSE = new RegExp(
  `^(?<number>${NUMBER})(?:\\s?(?:-|–|to|or)\\s?(?<high>${NUMBER}))?(?:\\s?-?(?<unit>(?:${MASS}|${VOLUME}|l|${FORM}|%)${PER}))?(?: (?:${FORM}|each|total))?$`,
);

const RESULT_UNIT =
  `(?:${MASS}|${VOLUME})${PER}|%|percent|mm\\s?hg|mmhg|bpm|beats per minute|breaths per minute|beats\\/min|\\/min|°\\s?[cf]|degrees(?: [cf]| celsius| fahrenheit)?|[cf]|cm|mm|m|inch(?:es)?|in|lbs?|pounds|` +
  'mm\\/h(?:r|our)?|u\\/l|iu\\/l|mosm\\/kg|k\\/ul|db|msec|ms|kg\\/m2|mets|cm\\/s';
const QUALIFIER =
  '(?:(?:about|approximately|around|approx|roughly)\\s|(?:(?:markedly|slightly|mildly|very|still|moderately) )?(?:elevated|high|low|normal|raised|decreased|increased|stable|borderline)\\s(?:at|of)\\s|(?:of|at|is|was)\\s)?';
const REST =
  '(?:\\s(?:on\\s)?(?:ra|room air|room air\\.|(?:on )?\\d+(?:\\.\\d+)? ?(?:l|liters?|litres?)(?: nc)?|on (?:ra|room air|nrb|nc|oxygen|air)|h|l|\\(h\\)|\\(l\\)|lying|standing|sitting|today))?';
const VALUE = new RegExp(
  `^${QUALIFIER}(?<comparator><=|>=|≤|≥|<|>|less than|under|below|over|above|greater than|more than)?\\s?(?<number>[-−]?${NUMBER})(?:\\s?(?:-|–|to)\\s?(?<high>${NUMBER}))?(?:\\s?(?<unit>${RESULT_UNIT}))?${REST}$`,
);

const COMPARATORS: Readonly<Record<string, ParsedValue['comparator']>> = {
  '<': '<',
  '>': '>',
  '<=': '<=',
  '>=': '>=',
  '≤': '<=',
  '≥': '>=',
  'less than': '<',
  under: '<',
  below: '<',
  over: '>',
  above: '>',
  'greater than': '>',
  'more than': '>',
};

function quantity(text: string, pattern: RegExp): ParsedValue | null {
  const groups = pattern.exec(text)?.groups;
  if (groups === undefined) return null;
  const { number, high, unit, comparator } = groups;
  if (/^(?:an?|half.*)$/.test(number!) && unit === undefined) return null;
  const negative = /^[-−]/.test(number!);
  const low = numberOf(negative ? number!.slice(1) : number!) * (negative ? -1 : 1);
  const upper = high === undefined ? null : numberOf(high);
  if (upper !== null && upper <= low) return null;
  return {
    ...NOTHING,
    number: low,
    high: upper,
    comparator: comparator === undefined ? null : (COMPARATORS[comparator] ?? null),
    unit: unit?.replace(/\s/g, ' ') ?? null,
  };
}

/** "120/80", "158 over 96 mmHg": a systolic and a diastolic pressure, not a score such as 7/10. */
function pressure(text: string): ParsedValue | null {
  const match = /^(\d{2,3})\s?(?:\/|over)\s?(\d{2,3})(?:\s?(mm\s?hg))?$/.exec(text);
  if (match === null) return null;
  const [high, low] = [Number(match[1]), Number(match[2])];
  return high >= 50 && high <= 300 && low >= 20 && low < high ? { ...NOTHING, number: high, high: low, unit: match[3] ?? null } : null;
}

const UNITS: readonly (readonly [RegExp, NonNullable<ParsedValue['periodUnit']>])[] = [
  [/^(?:minutes?|mins?)$/, 'minute'],
  [/^(?:hours?|hrs?|h)$/, 'hour'],
  [/^(?:days?|d|nights?|mornings?|evenings?|bedtime|daily|am|pm)$/, 'day'],
  [/^(?:weeks?|wks?|w|weekly)$/, 'week'],
  [/^(?:months?|mos?|monthly)$/, 'month'],
  [/^(?:years?|yrs?|y|yearly|annually)$/, 'year'],
];

const unitOf = (word: string): ParsedValue['periodUnit'] => UNITS.find(([pattern]) => pattern.test(word))?.[1] ?? null;

const AS_NEEDED = /\b(?:prn|as needed|as required|when needed|when required|if needed|if required|as-needed)\b/;
const UNIT_WORD = 'minutes?|mins?|hours?|hrs?|h|days?|nights?|mornings?|evenings?|weeks?|wks?|months?|years?';
const BY_DAY: readonly (readonly [RegExp, number])[] = [
  [
    /^(?:od|qd|qday|q day|daily|qam|qpm|qhs|hs|nocte|mane|om|on|nightly|at night|at bedtime|bedtime|in the mornings?|in the evenings?|each day|every day|per day|a day|every night|every morning|every evening|each morning|each night|each evening)$/,
    1,
  ],
  [/^(?:bd|bid)$/, 2],
  [/^(?:tds|tid)$/, 3],
  [/^(?:qds|qid)$/, 4],
];
const MANY = new RegExp(
  `^(?<count>once|twice|thrice|(?:${NUMBER}) times?|(?:${NUMBER})\\s?x|x\\s?(?:${NUMBER}))\\s?(?:(?:a|an|per|each|every|\\/)\\s?(?<unit>day|week|wk|month|year|hour|night)|(?<ly>daily|nightly|weekly|monthly|yearly|annually))$`,
);
const EVERY = new RegExp(`^(?:every|q|each)\\s?(?:(?<count>${NUMBER})[\\s-]?)?(?<unit>${UNIT_WORD}|d|wk|w)$`);
const HOURLY = new RegExp(`^(?<count>${NUMBER})[\\s-]?(?:hourly|hrly)$`);
const ALONE: Readonly<Record<string, readonly [number, number, NonNullable<ParsedValue['periodUnit']>]>> = {
  hourly: [1, 1, 'hour'],
  weekly: [1, 1, 'week'],
  fortnightly: [1, 2, 'week'],
  monthly: [1, 1, 'month'],
  yearly: [1, 1, 'year'],
  annually: [1, 1, 'year'],
  'every other day': [1, 2, 'day'],
  'every second day': [1, 2, 'day'],
  'every third day': [1, 3, 'day'],
  'alternate days': [1, 2, 'day'],
  qod: [1, 2, 'day'],
  'every other week': [1, 2, 'week'],
  'every other month': [1, 2, 'month'],
  'every other night': [1, 2, 'day'],
};

function frequency(text: string): ParsedValue | null {
  const plain = text
    .replace(/\bq\.\s?\d+(?:-\d+)?\s?h\.?|\b(?:\p{L}\.){1,4}(?:\p{L}\b)?/gu, (letters) => letters.replaceAll('.', ''))
    .replace(/\bq\.\s?(?=\d)/, 'q');
  const asNeeded = AS_NEEDED.test(plain);
  const words = plain
    .replace(AS_NEEDED, ' ')
    .replace(
      /\b(?:with|before|after) (?:food|meals?|each meal|breakfast|dinner|lunch|supper|milk|water|bedtime)\b|\bon (?:an empty stomach)\b/g,
      ' ',
    )
    .replace(/[,()]/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const rate = rateOf(words);
  if (rate !== null) return { ...NOTHING, times: rate[0], period: rate[1], periodUnit: rate[2], asNeeded };
  return asNeeded && words === '' ? { ...NOTHING, asNeeded } : null;
}

function rateOf(words: string): readonly [number, number, NonNullable<ParsedValue['periodUnit']>] | null {
  const daily = /^(?:once|one) (?:daily|nightly)$/.test(words) ? 1 : BY_DAY.find(([pattern]) => pattern.test(words))?.[1];
  if (daily !== undefined) return [daily, 1, 'day'];
  const alone = ALONE[words];
  if (alone !== undefined) return alone;
  const many = MANY.exec(words)?.groups;
  if (many !== undefined) {
    const unit = unitOf(many.unit ?? many.ly!);
    const times = countOf(many.count!);
    return unit === null || !(times > 0) ? null : [times, 1, unit];
  }
  const every = (EVERY.exec(words) ?? HOURLY.exec(words))?.groups;
  if (every === undefined) return null;
  const count = every.count === undefined ? 1 : numberOf(every.count);
  const unit = every.unit === undefined ? 'hour' : unitOf(every.unit);
  return unit === null || !(count > 0) ? null : [1, count, unit];
}

function countOf(words: string): number {
  if (words === 'once') return 1;
  if (words === 'twice') return 2;
  if (words === 'thrice') return 3;
  return numberOf(words.replace(/\s?times?$|\s?x$|^x\s?/g, ''));
}

const LEAD =
  /^(?:for|x|over|in|during|within|after|the|past|last|next|previous|about|approximately|around|another|a further|further|at least|lasting|of|up to|~|\s)+(?=[\s\d]|a |an |one|half|day|week|month|year)\s?/;
const LENGTH = new RegExp(
  `^(?<number>${NUMBER})(?:\\s?(?:-|–|to|or)\\s?(?<high>${NUMBER}))?[\\s-]?(?:more\\s|further\\s|full\\s)?(?<unit>minutes?|mins?|hours?|hrs?|h|days?|d|weeks?|wks?|w|months?|mos?|years?|yrs?|y)(?: (?:course|duration|history|more|now))?$`,
);
const ONE = /^(?:minute|hour|day|week|month|year)$/;
const SHORT: Readonly<Record<string, NonNullable<ParsedValue['periodUnit']>>> = { '7': 'day', '52': 'week', '12': 'month' };

function duration(text: string): ParsedValue | null {
  const compared =
    /^(?:for |x ?)?(?<comparator>>|<|more than|less than|over|under|greater than)\s?(?=\d|one|two|three|four|five|six|a )/.exec(text);
  const over = compared?.groups?.comparator;
  const comparator = over === undefined || (over === 'over' && /^over/.test(text)) ? null : (COMPARATORS[over] ?? null);
  const rest = (comparator === null ? text : text.slice(compared![0].length)).replace(LEAD, '').trim();
  const short = /^(\d{1,2})(?:\s?-\s?(\d{1,2}))?\s?\/\s?(7|52|12)$/.exec(rest);
  if (short !== null)
    return lengthOf({ low: Number(short[1]), high: short[2] === undefined ? null : Number(short[2]), unit: SHORT[short[3]!]!, comparator });
  if (ONE.test(rest) && rest !== text) return lengthOf({ low: 1, high: null, unit: unitOf(rest)!, comparator });
  const groups = LENGTH.exec(rest)?.groups;
  const unit = groups === undefined ? null : unitOf(groups.unit!);
  if (groups === undefined || unit === null) return null;
  return lengthOf({ low: numberOf(groups.number!), high: groups.high === undefined ? null : numberOf(groups.high), unit, comparator });
}

interface Length {
  readonly low: number;
  readonly high: number | null;
  readonly unit: NonNullable<ParsedValue['periodUnit']>;
  readonly comparator: ParsedValue['comparator'];
}

function lengthOf({ low, high, unit, comparator }: Length): ParsedValue | null {
  if (!(low > 0) || (high !== null && high <= low)) return null;
  return { ...NOTHING, high, comparator, period: low, periodUnit: unit };
}
