import {
  type ClassSummary,
  type Column,
  type EventSummary,
  fitColumns,
  meanExitLayer,
  type RelationSummary,
  short,
  summarise,
  tableHead,
  tableRow,
} from '@epee/terminal';
import type { Arrival } from './watch-topics.ts';

const columns = (width: number): Column[] =>
  fitColumns(
    [
      { heading: 'note', width: 27, least: 18 },
      { heading: 'events: drug -> effect', width: 40, least: 32 },
      { heading: 'relations', width: 13, least: 12 },
      { heading: 'exit', width: 4, align: 'right' },
      { heading: 'time', width: 6, align: 'right' },
    ],
    width,
  );
const MAX_EVENTS = 5;

/** The heading of the demo's table. @param width characters of a line */
export const resultHead = (width: number): string => tableHead(columns(width));

/**
 * A document's row: a note's events with their drugs and effects, relations counted by label, mean exit layer; an image's class; or the code of a dead letter.
 * @param seconds from sending the document to its result
 */
export function arrivalRow(arrival: Arrival, seconds: number, width: number): string {
  if (arrival.kind === 'dead-letter')
    return tableRow(columns(width), [arrival.documentId, `dead letter: ${arrival.code}`, '', '', `${short(seconds)} s`]);
  const { documentId, kind, events, relations, classes, compute } = summarise(arrival.result);
  const exit = meanExitLayer(compute);
  const [found, beside] = kind === 'image' ? [classes.map(classLine), '-'] : [eventLines(events), relationLines(relations)];
  return tableRow(columns(width), [documentId, found, beside, exit?.toFixed(1) ?? '-', `${short(seconds)} s`]);
}

/** The class of an image, of which there is one per task. */
const classLine = ({ task, label, confidence }: ClassSummary) => `= ${task}: ${label} (${confidence.toFixed(2)})`;

/** One line an event; the same drug and effect found twice are shown once. */
function eventLines(events: readonly EventSummary[]): string[] {
  const lines = [...new Set(events.map(eventLine))];
  if (lines.length === 0) return ['-'];
  if (lines.length <= MAX_EVENTS) return lines;
  return [...lines.slice(0, MAX_EVENTS - 1), `and ${lines.length - MAX_EVENTS + 1} more`];
}

/** Good or bad news first: an adverse event with "!", a treatment that may help with "+", others with a dot. */
function eventLine({ type, trigger, drugs, effects }: EventSummary): string {
  const sign = type === 'Adverse_event' ? '!' : type === 'Potential_therapeutic_event' ? '+' : '.';
  const drug = drugs.join(', ');
  const effect = effects.join(', ');
  if (drug === '' && effect === '') return `${sign} "${trigger}"`;
  return `${sign} ${drug || '?'} -> ${effect || `(${trigger})`}`;
}

function relationLines(relations: readonly RelationSummary[]): string[] {
  const counts = new Map<string, number>();
  for (const { label } of relations) counts.set(label, (counts.get(label) ?? 0) + 1);
  const lines = [...counts].map(([label, times]) => `${times} ${label.replaceAll('_', ' ').replace(/ effect$/, '')}`);
  return lines.length === 0 ? ['-'] : lines;
}

/** What the signs in the table mean. */
export const LEGEND = `! adverse event   + treatment that may help   . other event
= class of an image, with its confidence   exit: mean exit layer`;
