import { findHeadings, type Heading } from './headings.ts';
import { isEmpty, type Range, trimRange } from './lines.ts';

/** A section of a note, UTF-16 offsets; its range begins and ends at a character that is not white space. */
export interface SectionRange extends Range {
  /** Null for text before the first heading and for notes without headings. */
  readonly heading: Heading | null;
  /** The section less its heading; empty, at the section's end, where nothing follows the heading. */
  readonly body: Range;
}

/**
 * Cuts a note into sections at its headings. In order and without overlap they hold every character from the first to the last that is not white space;
 * only white space lies between two of them. A note without headings is one section, a blank text has none.
 */
export function splitSections(text: string): SectionRange[] {
  const headings = findHeadings(text);
  const sections: SectionRange[] = [];
  const opening = trimRange(text, { start: 0, end: headings[0]?.start ?? text.length });
  if (!isEmpty(opening)) sections.push({ ...opening, heading: null, body: opening });
  headings.forEach((heading, index) => {
    const range = trimRange(text, { start: heading.start, end: headings[index + 1]?.start ?? text.length });
    const body = trimRange(text, { start: Math.min(heading.end, range.end), end: range.end });
    sections.push({ ...range, heading, body: isEmpty(body) ? { start: range.end, end: range.end } : body });
  });
  return sections;
}
