import { codePointOffsets } from './code-points.ts';
import { planNote } from './note-plan.ts';

/** A section of a cut note; offsets count Unicode code points, `end` is exclusive. */
export interface CutSection {
  readonly start: number;
  readonly end: number;
  /** Label that its standard heading stands for; null where a model would say. */
  readonly label: string | null;
  /** Its heading as written. */
  readonly heading: string | null;
}

/** A sentence of a cut note as a model reads it: without its list marker; offsets as of {@link CutSection}. */
export interface CutSentence {
  readonly start: number;
  readonly end: number;
  /** Heading of its section as written, which the model may read before it. */
  readonly heading: string | null;
}

/** How a note is cut. */
export interface CutNote {
  readonly sections: readonly CutSection[];
  readonly sentences: readonly CutSentence[];
}

/** Cuts a note into sections and sentences as the pipeline does, so that models learn from the rows that they will read. */
export function cutNote(text: string): CutNote {
  const offset = codePointOffsets(text);
  const { sections, sentences } = planNote(text, { mode: 'note', labels: [], maxTokens: 0 });
  return {
    sections: sections.map(({ range }) => ({
      start: offset(range.start),
      end: offset(range.end),
      label: range.heading?.label ?? null,
      heading: range.heading?.title ?? null,
    })),
    sentences: sentences.map(({ textStart, end, heading }) => ({
      start: offset(textStart),
      end: offset(end),
      heading: heading?.title ?? null,
    })),
  };
}
