import { type HeadingShape, headingShape, isAllCaps, isTitleCase } from './heading-shape.ts';
import { headingKey, isAdministrative, isSubheading, standardLabel } from './heading-table.ts';
import { isEmpty, type Range, splitLines, trimRange } from './lines.ts';

/** A section's heading in a text, UTF-16 offsets. */
export interface Heading extends Range {
  /** The title as written: no numbering, markdown signs or colon. */
  readonly title: string;
  /** See {@link standardLabel}. */
  readonly label: string | null | undefined;
}

/** What decides whether a line that looks like a heading is one. */
interface Surroundings {
  /** A blank line, or nothing, stands before it. */
  readonly afterBlank: boolean;
  /** The heading before it has no text yet. */
  readonly pending: boolean;
  /** Label of the heading before it, where that has no text yet. */
  readonly under: string | null;
  /** What follows the heading on its line. */
  readonly rest: string;
  /** The next line that is not blank. */
  readonly next: string | null;
  /** A rule of signs follows on the next line. */
  readonly underlined: boolean;
  /** The note is typed in capitals throughout, so capitals say nothing. */
  readonly shouting: boolean;
}

/**
 * Headings in capitals amid a line: after the end of a sentence with or without a space ("fever.PLAN:"), after the comma that some copies put there (".,PLAN:"), after a
 * tab or two spaces, or after a word in small letters.
 */
const MIDLINE =
  /(?<=(?<sentence>[.;!?)],?\s?|[.;!?)],\s{2})|\s{2}|\t|(?<word>[\p{Ll}\p{N}],?\s))(?<title>\p{Lu}[\p{Lu} &/]{0,40})[:：](?:\s*,(?=\s|\d))?/gu;
/** "P.M.H.": letters with full stops, of which the last ends no sentence. */
const DOTTED = /^(?:\p{L}\.){2,}$/u;
/** What stands before a list of allergens, beside the words for all of them. */
const ALLERGEN_KINDS: ReadonlySet<string> = new Set(['medication', 'medications', 'drug', 'drugs', 'meds', 'food', 'environmental']);
/** What follows "All:" where it stands for allergies. */
const ALLERGEN = /^(?:nkd?a|none|nil|no |pcn|penicillin|sulfa|latex|codeine|iodine|shellfish|nuts?|aspirin|asa|nsaid)/i;
/** Last words of titles, by which a line of capitals is told from a sentence in a note typed in capitals. */
const HEAD_NOUN =
  /\s(?:HISTORY|EXAM|EXAMINATION|DIAGNOSIS|DIAGNOSES|PLAN|COURSE|MEDICATIONS|RESULTS|FINDINGS|LABS|STUDIES|DATA|STATUS|SUMMARY|CARE|INSTRUCTIONS|PROCEDURE|REPORT|NOTE|ISSUES)$/;
/** Shortest title of a heading that stands amid a sentence, letters. */
const MIDWORD_LETTERS = 4;

/**
 * Finds the headings that begin sections: standard ones ("Allergies", "HPI:", "ASSESSMENT: stable", "1. PLAN:", "## Plan"), lines of capitals, and
 * short capitalised lines that end in a colon. Body systems and vital signs ("SKIN: warm") only divide a section and are not reported.
 *
 * @returns headings in order, none overlapping another
 */
export function findHeadings(text: string): Heading[] {
  const lines = splitLines(text, { start: 0, end: text.length }).map((range, index) => ({ range, index }));
  const written = lines.filter(({ range }) => !isEmpty(range));
  const shouting = isShouting(text);
  const headings: Heading[] = [];
  let pending = false;
  written.forEach(({ range, index }, position) => {
    const next = written[position + 1]?.range;
    const rule = index + 1 < lines.length && isRule(text, lines[index + 1]!.range) ? lines[index + 1]!.range : null;
    const found = headingsOfLine(text, range, {
      afterBlank: index === 0 || isEmpty(lines[index - 1]!.range),
      pending,
      under: pending ? (headings.at(-1)?.label ?? null) : null,
      next: next === undefined ? null : text.slice(next.start, Math.min(next.end, next.start + 200)),
      underlined: rule !== null,
      shouting,
    });
    const last = found.at(-1);
    const filled = last !== undefined && last.end < range.end;
    headings.push(...(rule === null || last === undefined || filled ? found : [...found.slice(0, -1), { ...last, end: rule.end }]));
    if (last !== undefined) pending = !filled;
    else if (!isRule(text, range)) pending = false;
  });
  return headings;
}

/** A line of one sign, as typed under a heading; a few underscores stand for what was left out. */
const isRule = (text: string, { start, end }: Range): boolean => /^(?:={3,}|-{3,}|~{3,}|\*{3,}|_{8,})$/.test(text.slice(start, end));

function headingsOfLine(text: string, range: Range, around: Omit<Surroundings, 'rest'>): Heading[] {
  const line = text.slice(range.start, range.end);
  const headings: Heading[] = [];
  const shape = headingShape(line);
  if (shape !== null && isHeading(shape, { ...around, rest: line.slice(shape.end, shape.end + 40) })) {
    headings.push({
      ...trimRange(text, { start: range.start, end: range.start + shape.end }),
      title: shape.title,
      label: standardLabel(shape.title),
    });
  }
  for (const match of line.matchAll(MIDLINE)) {
    const title = match.groups!.title!;
    const start = range.start + match.index;
    const label = standardLabel(title);
    if (start < (headings.at(-1)?.end ?? 0) || !isMidlineHeading(title, label, match.groups!, around)) continue;
    headings.push({ start, end: start + match[0].length, title, label });
  }
  return headings;
}

function isMidlineHeading(
  title: string,
  label: string | null | undefined,
  { sentence, word }: { readonly [name: string]: string | undefined },
  { shouting }: Pick<Surroundings, 'shouting'>,
): boolean {
  const letters = title.match(/\p{L}/gu)?.length ?? 0;
  if (label !== undefined) return word === undefined || (label !== null && letters >= MIDWORD_LETTERS && !shouting);
  // A title that no table holds begins a section only where a sentence ended before it.
  return (
    sentence !== undefined && !shouting && letters >= 6 && title.trim().includes(' ') && !isSubheading(title) && !isAdministrative(title)
  );
}

function isHeading(shape: HeadingShape, around: Surroundings): boolean {
  const label = standardLabel(shape.title);
  return label === undefined ? isUnknownHeading(shape, around) : isKnownHeading(shape, label, around);
}

function isKnownHeading({ title, inline, mark, numbered, markdown }: HeadingShape, label: string | null, around: Surroundings): boolean {
  if (/[.!?;,]$/.test(title) && !DOTTED.test(title)) return false;
  const caps = isAllCaps(title);
  if (mark === 'dash') return caps || (label !== null && /^\p{Lu}/u.test(title) && title.includes(' '));
  const key = headingKey(title);
  // At the end of a letter "cc:" lists who gets a copy.
  if (key === 'cc' && !caps) return false;
  // "Medication:" under "Allergies" says what kind of allergy follows.
  if (around.under === 'allergy' && !caps && ALLERGEN_KINDS.has(key)) return false;
  if (key === 'all' && !ALLERGEN.test(around.rest)) return false;
  // Pulmonary embolism.
  if (key === 'pe' && /^(?:on|in|s\/p|dx|diagnosed|provoked|unprovoked|\d)/i.test(around.rest)) return false;
  // A numbered line is as likely an item of a list: "2. Allergies", and under a heading "1. Medications: continue aspirin".
  if (numbered && !caps && (mark !== 'colon' || !around.afterBlank)) return false;
  // Two or three letters are as likely to be something else ("pe", "sh").
  if (key.length <= 3 && !caps && mark !== 'colon') return false;
  if (inline) return caps || markdown || label !== null || around.afterBlank;
  return mark === 'colon' || markdown || around.underlined || around.afterBlank || /^\p{Lu}/u.test(title);
}

function isUnknownHeading(shape: HeadingShape, around: Surroundings): boolean {
  const { title, inline, mark, numbered, markdown } = shape;
  const words = title.split(/\s+/).length;
  const letters = title.match(/\p{L}/gu)?.length ?? 0;
  if (numbered || mark === 'dash' || letters < 5 || words > 8 || /[.!?;,]/.test(title) || isAdministrative(title)) return false;
  if (around.underlined && !inline) return true;
  if (isSubheading(title)) return false;
  if (markdown && !inline) return true;
  // "SODIUM: 140" is a result, "ASPIRIN: 81 mg" an item of a list.
  if (mark === 'colon' && isAllCaps(title)) return !/^[<>~]?\s*\p{N}/u.test(around.rest) && !(around.shouting && words > 4);
  if (inline || around.pending || !around.afterBlank || around.next === null) return false;
  if (mark === 'colon') return words <= 6 && isTitleCase(title);
  if (!isAllCaps(title) || /\p{N}/u.test(title)) return false;
  return around.shouting ? HEAD_NOUN.test(title) : !isCapitalLine(around.next);
}

/** A heading or a list in capitals; what stands before such a line is no heading of a text. */
function isCapitalLine(line: string): boolean {
  const shape = headingShape(line);
  return shape !== null && !shape.inline && isAllCaps(shape.title);
}

function isShouting(text: string): boolean {
  const sample = text.slice(0, 20_000);
  const capitals = sample.match(/\p{Lu}/gu)?.length ?? 0;
  const small = sample.match(/\p{Ll}/gu)?.length ?? 0;
  return capitals > 2 * small;
}
