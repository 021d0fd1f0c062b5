import type { ResultJson } from '@epee/records';
import {
  type ClassSummary,
  type Column,
  duration,
  type EventSummary,
  meanExitLayer,
  type RelationSummary,
  summarise,
  tableHead,
  tableRow,
} from '@epee/terminal';

/** 100 characters with the gaps between the columns. */
const COLUMNS: readonly Column[] = [
  { heading: 'note', width: 27 },
  { heading: 'events: drug -> effect', width: 40 },
  { heading: 'relations', width: 13 },
  { heading: 'exit', width: 4, align: 'right' },
  { heading: 'time', width: 8, align: 'right' },
];
const MAX_EVENTS = 5;

/** The heading of the demo's table. */
export const resultHead = (): string => tableHead(COLUMNS);

/** A result's row: an image's class, or a note's events with their drugs and effects, relations counted by label, mean exit layer, time from sending to result. */
export function resultRow(result: ResultJson, seconds: number): string {
  const { documentId, kind, events, relations, classes, compute } = summarise(result);
  const exit = meanExitLayer(compute);
  const [found, beside] = kind === 'image' ? [classes.map(classLine), '-'] : [eventLines(events), relationLines(relations)];
  return tableRow(COLUMNS, [documentId, found, beside, exit?.toFixed(1) ?? '-', duration(seconds)]);
}

/** The row of a note that went to the dead letters. */
export const deadLetterRow = (documentId: string, code: string): string =>
  tableRow(COLUMNS, [documentId, `dead letter: ${code}`, '', '', '']);

/** The class of an image, of which there is one a task. */
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

/** What the signs before the events mean. */
export const LEGEND = '! adverse event, + potential therapeutic event, = image class (confidence); exit: mean exit layer';
