import type { Heading } from './headings.ts';
import { isEmpty } from './lines.ts';
import { type SectionRange, splitSections } from './sections.ts';
import { type SentenceRange, splitSentences, wholeSentence } from './sentences.ts';

/**
 * `note`: sections and sentences are looked for. `sentence`: the whole text is one sentence without a section, as in sentence
 * corpora; only one that is longer than a row may be is cut.
 */
export type TextMode = 'note' | 'sentence';

/** A section and what decides its label. */
export interface PlannedSection {
  readonly range: SectionRange;
  /** Label that the section's standard heading stands for; null where the model is to say. */
  readonly label: string | null;
  /** Text that the model reads for the label: the beginning of the body; the heading where the body is empty. */
  readonly text: string;
}

/** A sentence, and the heading of the section whose body it stands in, if that has one. */
export interface PlannedSentence extends SentenceRange {
  readonly heading: Heading | null;
}

/** What of a note is read by which task. */
export interface NotePlan {
  readonly sections: readonly PlannedSection[];
  /** Sentences with a letter in them, in order. A heading that is no standard one is read as a sentence, too: it may be one in capitals. */
  readonly sentences: readonly PlannedSentence[];
}

/** Beginning of a section that is tokenized for its label: ample for the tokens of one row, whatever the section's length. UTF-16 units a token. */
const SECTION_UNITS_PER_TOKEN = 16;

/**
 * Plans the reading of one text.
 *
 * @param labels labels of the section classifier; a standard heading decides only where its label is one of them
 * @param maxTokens longest row of the section classifier
 */
export function planNote(
  text: string,
  { mode, labels, maxTokens }: { mode: TextMode; labels: readonly string[]; maxTokens: number },
): NotePlan {
  if (mode === 'sentence') return { sections: [], sentences: withLetters(text, under(null, wholeSentence(text))) };
  const ranges = splitSections(text);
  const units = SECTION_UNITS_PER_TOKEN * maxTokens;
  return {
    sections: ranges.map((range) => planSection(text, range, labels, units)),
    sentences: withLetters(
      text,
      ranges.flatMap((range) => [...under(null, headingSentence(range)), ...under(range.heading, splitSentences(text, range.body))]),
    ),
  };
}

function planSection(text: string, range: SectionRange, labels: readonly string[], units: number): PlannedSection {
  const label = range.heading?.label ?? null;
  const { start, end } = isEmpty(range.body) ? range : range.body;
  return { range, label: label !== null && labels.includes(label) ? label : null, text: beginning(text.slice(start, end), units) };
}

/** The first units of a text, less the word that they cut. */
function beginning(text: string, units: number): string {
  if (text.length <= units) return text;
  const cut = text.slice(0, units);
  return cut.replace(/\s\S*$/, '') || cut.replace(/[\ud800-\udbff]$/, '');
}

function headingSentence({ heading }: SectionRange): SentenceRange[] {
  if (heading === null || heading.label !== undefined) return [];
  return [{ start: heading.start, end: heading.end, textStart: heading.start }];
}

function under(heading: Heading | null, sentences: readonly SentenceRange[]): PlannedSentence[] {
  return sentences.map((range) => ({ ...range, heading }));
}

function withLetters(text: string, sentences: readonly PlannedSentence[]): PlannedSentence[] {
  return sentences.filter(({ textStart, end }) => /\p{L}/u.test(text.slice(textStart, end)));
}
