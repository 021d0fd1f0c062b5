import { count, counted } from './numbers.ts';
import { type EventSummary, meanExitLayer, type SummarisedResult, summarise } from './result-summary.ts';

/** A result as a few lines for a person. */
export function prettyResult(result: SummarisedResult): string {
  const { documentId, sections, entities, events, relations, compute } = summarise(result);
  const exit = meanExitLayer(compute);
  const lines = [
    documentId,
    `  ${counted(sections, 'section')}, ${count(entities)} entities; ${counted(compute.rows, 'row')}, mean exit layer ${exit?.toFixed(1) ?? '-'}, ${compute.computeMs.toFixed(1)} ms`,
    ...(events.length === 0 ? ['  no drug events'] : events.map((event) => `  ${eventLine(event)}`)),
    ...relations.map(({ head, label, tail }) => `  ${head} --${label}--> ${tail}`),
  ];
  return lines.join('\n');
}

/** An event on one line: its type, the drugs and the effects, or the trigger where neither was found. */
export function eventLine({ type, trigger, drugs, effects }: EventSummary): string {
  const kind = type.replaceAll('_', ' ').toLowerCase();
  if (drugs.length === 0 && effects.length === 0) return `${kind}: "${trigger}"`;
  return `${kind}: ${drugs.join(', ') || '(no drug)'} -> ${effects.join(', ') || `(${trigger})`}`;
}
