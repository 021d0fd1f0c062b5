import { count, counted } from './numbers.ts';
import {
  type ClassSummary,
  type ComputeSummary,
  type EventSummary,
  meanExitLayer,
  type SummarisedResult,
  summarise,
} from './result-summary.ts';

/** A result as a few lines for a person. */
export function prettyResult(result: SummarisedResult): string {
  const { documentId, kind, retraction, sections, entities, events, relations, classes, compute } = summarise(result);
  if (retraction !== null) return `${documentId}\n  retracted: ${retraction.reason}`;
  if (kind === 'image') {
    const lines = classes.map((found) => `  ${classLine(found, compute)}`);
    return [documentId, ...lines, `  ${counted(compute.rows, 'row')}, ${compute.computeMs.toFixed(1)} ms`].join('\n');
  }
  const exit = meanExitLayer(compute);
  const lines = [
    documentId,
    `  ${counted(sections, 'section')}, ${count(entities)} entities; ${counted(compute.rows, 'row')}, mean exit layer ${exit?.toFixed(1) ?? '-'}, ${compute.computeMs.toFixed(1)} ms`,
    ...(events.length === 0 ? ['  no drug events'] : events.map((event) => `  ${eventLine(event)}`)),
    ...relations.map(({ head, label, tail }) => `  ${head} --${label}--> ${tail}`),
  ];
  return lines.join('\n');
}

/** A class on one line: `chest-xray: pneumonia 0.97 (layer 3 of 6)`. */
export function classLine({ task, label, confidence, exitLayer }: ClassSummary, { rows, layersFull }: ComputeSummary): string {
  return `${task}: ${label} ${confidence.toFixed(2)} (layer ${exitLayer} of ${rows === 0 ? '-' : layersFull / rows})`;
}

/** An event on one line: its type, the drugs and the effects, or the trigger where neither was found. */
export function eventLine({ type, trigger, drugs, effects }: EventSummary): string {
  const kind = type.replaceAll('_', ' ').toLowerCase();
  if (drugs.length === 0 && effects.length === 0) return `${kind}: "${trigger}"`;
  return `${kind}: ${drugs.join(', ') || '(no drug)'} -> ${effects.join(', ') || `(${trigger})`}`;
}
