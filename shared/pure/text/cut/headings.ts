import { type HeadingShape, headingShape, isAllCaps, isTitleCase } from './heading-shape.ts';
import { headingKey, isSubheading, standardLabel } from './heading-table.ts';
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
  readonly first: boolean;
  /** The heading before it has no text yet. */
  readonly pending: boolean;
  /** The next line that is not blank. */
  readonly next: string | null;
  /** The note is typed in capitals throughout, so capitals say nothing. */
  readonly shouting: boolean;
}

/** Known headings in capitals amid a line, as in "CC: cough. PMH: asthma.  MEDS: none": after a sentence's end, a tab or two spaces. */
const MIDLINE = /(?<=[.;!?)]\s|\s{2}|\t)(\p{Lu}[\p{Lu} &/]{0,40}):/gu;

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
    const found = headingsOfLine(text, range, {
      afterBlank: index === 0 || isEmpty(lines[index - 1]!.range),
      first: position === 0,
      pending,
      next: next === undefined ? null : text.slice(next.start, Math.min(next.end, next.start + 200)),
      shouting,
    });
    headings.push(...found);
    pending = found.length > 0 && found.at(-1)!.end === range.end;
  });
  return headings;
}

function headingsOfLine(text: string, range: Range, around: Surroundings): Heading[] {
  const line = text.slice(range.start, range.end);
  const headings: Heading[] = [];
  const shape = headingShape(line);
  if (shape !== null && isHeading(shape, around)) {
    headings.push({
      ...trimRange(text, { start: range.start, end: range.start + shape.end }),
      title: shape.title,
      label: standardLabel(shape.title),
    });
  }
  for (const match of line.matchAll(MIDLINE)) {
    const title = match[1]!;
    const start = range.start + match.index;
    const label = standardLabel(title);
    if (label === undefined || start < (headings.at(-1)?.end ?? 0)) continue;
    headings.push({ start, end: start + match[0].length, title, label });
  }
  return headings;
}

function isHeading(shape: HeadingShape, around: Surroundings): boolean {
  const label = standardLabel(shape.title);
  return label === undefined ? isUnknownHeading(shape, around) : isKnownHeading(shape, label, around);
}

function isKnownHeading({ title, inline, mark, numbered, markdown }: HeadingShape, label: string | null, around: Surroundings): boolean {
  if (/[.!?;,]$/.test(title)) return false;
  const caps = isAllCaps(title);
  if (mark === 'dash') return caps;
  const key = headingKey(title);
  // At the end of a letter "cc:" lists who gets a copy.
  if (key === 'cc' && !caps) return false;
  // Two or three letters are as likely to be something else ("pe", "sh"), and a numbered line to be an item of a list ("2. Allergies").
  if ((key.length <= 3 || numbered) && !caps && mark !== 'colon') return false;
  if (inline) return caps || markdown || label !== null || around.afterBlank;
  return mark === 'colon' || markdown || around.afterBlank || /^\p{Lu}/u.test(title);
}

function isUnknownHeading(shape: HeadingShape, around: Surroundings): boolean {
  const { title, inline, mark, numbered, markdown } = shape;
  const words = title.split(/\s+/).length;
  const letters = title.match(/\p{L}/gu)?.length ?? 0;
  if (numbered || mark === 'dash' || letters < 5 || words > 8 || /[.!?;,]/.test(title) || isSubheading(title)) return false;
  if (markdown && !inline) return true;
  if (inline) return isAllCaps(title) && words >= 2 && around.afterBlank && !around.first && !around.shouting && !isField(around.next);
  if (around.pending || !around.afterBlank || around.next === null) return false;
  if (mark === 'colon') return words <= 6 && isTitleCase(title);
  return isAllCaps(title) && !around.shouting && !/\p{N}/u.test(title) && !isCapitalLine(around.next);
}

/** "MRN: 1234": a line of a form, not a paragraph's text. */
function isField(line: string | null): boolean {
  return line !== null && /^\p{Lu}[\p{Lu} ]+:/u.test(line);
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
