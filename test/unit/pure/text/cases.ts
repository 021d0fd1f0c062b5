import { splitSections } from '../../../../shared/pure/text/cut/sections.ts';
import { splitSentences } from '../../../../shared/pure/text/cut/sentences.ts';

/** Sections of a text as "heading -> label", with `-` for no heading, `?` for a heading that the table does not hold and `model` for one without a label. */
export function outline(text: string): string[] {
  return splitSections(text).map(({ heading }) => {
    if (heading === null) return '-';
    return `${heading.title} -> ${heading.label === undefined ? '?' : (heading.label ?? 'model')}`;
  });
}

/** The texts of a body's sentences. */
export function sentencesOf(text: string, maxUnits?: number): string[] {
  return splitSentences(text, { start: 0, end: text.length }, maxUnits).map(({ start, end }) => text.slice(start, end));
}

/** A text less its white space. */
export function solid(text: string): string {
  return text.replace(/[\s\u0085]/g, '');
}
