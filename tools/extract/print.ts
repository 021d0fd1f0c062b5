import { type NoteToShow, notesPage } from '@epee/html';
import type { LeftOut, ResultJson } from '@epee/records';
import { counted, noteLegend, noteText, prettyResult, type Style, tableText } from '@epee/terminal';
import type { BesideResult } from './extract-files.ts';

/** How results are printed: as JSON, as notes for people, or only what lies below the confidence. */
export interface PrintForm {
  readonly pretty: boolean;
  readonly review: boolean;
  /** Whether a page is asked for; then nothing else is printed unless it is asked for, too. */
  readonly page: boolean;
  readonly json: boolean;
  readonly style: Style;
  /** Width of a line, characters. */
  readonly width: number;
}

/** Turns results into what people or programs read. */
export interface Printer {
  /** What a result adds to the output; null where that is nothing. */
  print(result: ResultJson, beside: BesideResult): string | null;
  /** The notes so far as one page. */
  page(): string;
}

/** A printer of nothing yet. The texts of notes are kept only where a page is asked for. */
export function createPrinter({ pretty, review, page, json, style, width }: PrintForm): Printer {
  const notes: NoteToShow[] = [];
  let [printed, explained] = [0, false];
  const printPretty = (result: ResultJson, text: string | null) => {
    const gap = printed++ === 0 ? '' : '\n';
    if (text === null) return `${gap}${prettyResult(result)}`;
    const legend = explained ? '' : `${noteLegend(style)}\n\n`;
    explained = true;
    const { entities, events, relations } = result;
    const amounts = [
      `${entities.length} ${entities.length === 1 ? 'entity' : 'entities'}`,
      counted(relations.length, 'relation'),
      counted(events.length, 'event'),
    ];
    return `${gap}${legend}${style.bold(result.documentId)}  ${amounts.join(', ')}\n\n${noteText(text, result, style)}`;
  };
  return {
    print(result, { text, leftOut }) {
      if (page && text !== null) notes.push({ text, result });
      if (review) return reviewText(result, leftOut, pretty ? width : null);
      if (pretty) return printPretty(result, text);
      return page && !json ? null : JSON.stringify(result);
    },
    page: () => notesPage(notes),
  };
}

/** What lies below the confidence: a table for people, or one JSON object per line. */
function reviewText({ documentId }: ResultJson, leftOut: readonly LeftOut[], width: number | null): string | null {
  if (leftOut.length === 0) return null;
  if (width === null) return leftOut.map((item) => JSON.stringify({ documentId, ...item })).join('\n');
  const columns = [
    { heading: 'label' },
    { heading: 'text', least: 16 },
    { heading: 'at', align: 'right' } as const,
    { heading: 'confidence', align: 'right' } as const,
    { heading: 'needed', align: 'right' } as const,
    { heading: 'why' },
  ];
  const rows = leftOut.map(({ label, text, start, end, confidence, minConfidence, needs }) => [
    label,
    text.replace(/[\s\p{C}]+/gu, ' '),
    `${start}-${end}`,
    confidence.toFixed(3),
    minConfidence.toFixed(2),
    needs.length === 0 ? 'unsure' : `needs ${needs.join(', ')}`,
  ]);
  return `${documentId}\n${tableText(columns, rows, width)}\n`;
}
