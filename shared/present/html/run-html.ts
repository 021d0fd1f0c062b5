import { type Assertion, type Entity, entityKind, type TextRun, type ViewedFact } from '@epee/records';
import { escapeNote } from './html.ts';

/** The note that a run is of. */
export interface RunNote {
  /** Of the ids of its elements. */
  readonly prefix: string;
  /** Facts by the id of their entity. */
  readonly facts: ReadonlyMap<string, ViewedFact>;
}

/** A piece of a note's text; that of an entity can be focused, and has what is said of it in a tip. */
export function runHtml({ text, entity, others, begins }: TextRun, note: RunNote): string {
  const shown = escapeNote(text);
  if (entity === null) return shown;
  const { assertion, label, id } = entity;
  const classes = ['f', entityKind(label), ...classesOf(assertion)];
  const anchor = begins ? ` id="${note.prefix}-${escapeNote(id)}" tabindex="0"` : '';
  const tip = begins ? `<span class="tip" role="tooltip">${tipHtml(entity, others, note)}</span>` : '';
  return `<span class="${classes.join(' ')}"${anchor}>${shown}${marks(assertion)}${tip}</span>`;
}

function classesOf(assertion: Assertion | null): string[] {
  if (assertion === null) return [];
  const { certainty, time } = assertion;
  return [certainty.value, time.value].filter((value) => value !== 'present' && value !== 'current');
}

function marks(assertion: Assertion | null): string {
  if (assertion === null) return '';
  const unsure = assertion.certainty.value === 'possible' || assertion.certainty.value === 'hypothetical';
  const { subject, action } = assertion;
  const words = [
    ...(unsure ? ['?'] : []),
    ...(subject.value === 'patient' ? [] : [subject.value]),
    ...(action === null ? [] : [action.value]),
  ];
  return words.length === 0 ? '' : `<sup>${escapeNote(words.join(' '))}</sup>`;
}

function tipHtml(entity: Entity, others: readonly Entity[], { facts }: RunNote): string {
  const rows = [
    ...axisRows(entity.assertion),
    ...(facts.get(entity.id)?.links ?? []).map(({ name, entity: other }) => [name, other.text] as const),
    ...entity.codes.map(({ system, code, display }) => [system, `${code} ${display}`] as const),
    ...(others.length === 0 ? [] : [['also', others.map(({ label }) => label).join(', ')] as const]),
    ['confidence', `${(100 * entity.confidence).toFixed(0)} %`] as const,
    ['exit layer', `${entity.exitLayer} (${entity.exitReason})`] as const,
  ];
  const cells = rows.map(([name, value]) => `<span>${escapeNote(name)}</span><span>${escapeNote(value)}</span>`);
  return `<b>${escapeNote(entity.label)}</b>${cells.join('')}`;
}

/** Axes that something decided, and what that was. */
function axisRows(assertion: Assertion | null): (readonly [string, string])[] {
  if (assertion === null) return [];
  const axes = [
    ['certainty', assertion.certainty],
    ['time', assertion.time],
    ['subject', assertion.subject],
    ['action', assertion.action],
  ] as const;
  return axes.flatMap(([name, axis]) =>
    axis === null || axis.source === 'default' ? [] : [[name, `${axis.value} (${axis.source})`] as const],
  );
}
