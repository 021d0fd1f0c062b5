import type { LabelledSpan } from '../scoring.ts';

/** Ways in which a note speaks of an entity, in the order that they are shown in. */
export const AXES = ['certainty', 'time', 'subject', 'action'] as const;

/** One of {@link AXES}. */
export type Axis = (typeof AXES)[number];

/** Labels of entities that have a certainty, a time and a subject. */
export const ASSERTED_LABELS: ReadonlySet<string> = new Set(['problem', 'medication', 'test', 'procedure']);

/** The label of entities that have an action, too. */
export const ACTION_LABEL = 'medication';

/** Value of `action` where the note says nothing of what is done with a medication. */
export const NO_ACTION = 'none';

/** What holds where a note says nothing else. */
export const DEFAULT_VALUES: Readonly<Record<Axis, string>> = Object.freeze({
  certainty: 'present',
  time: 'current',
  subject: 'patient',
  action: NO_ACTION,
});

/** The relation from a medication to the harm that it does. */
export const ADVERSE_EFFECT = 'adverse_effect';

/** A value of each axis; null where the entity has none, or nobody marked it. */
export type AxisValues = Readonly<Record<Axis, string | null>>;

/** An entity of a note, found or wanted. */
export interface FactSpan extends LabelledSpan {
  /** Unique in its note. */
  readonly id: string;
  readonly values: AxisValues;
}

/** A directed relation of two entities, by their ids. */
export interface FactLink {
  readonly label: string;
  readonly head: string;
  readonly tail: string;
}

/** What was found in a note. */
export interface Facts {
  readonly entities: readonly FactSpan[];
  readonly relations: readonly FactLink[];
}

/** What is wanted of a note, and which of it was marked. */
export interface MarkedFacts extends Facts {
  /** Labels of entities that were marked: others give no score. */
  readonly labels: ReadonlySet<string>;
  /** Labels of relations that were marked, likewise. */
  readonly relationLabels: ReadonlySet<string>;
  /** Ranges in which nobody marked anything: what touches them gives no score. */
  readonly ignored: readonly Pick<LabelledSpan, 'start' | 'end'>[];
  /** Where the note comes from, such as the collection; null where nobody says. */
  readonly origin: string | null;
}

/** The values that an entity's label lets it have: null on the axes that it has not. */
export function valuesOf(label: string, given: Partial<Record<Axis, string | null | undefined>>): AxisValues {
  const axisValue = (axis: Axis) => {
    if (!(axis === 'action' ? label === ACTION_LABEL : ASSERTED_LABELS.has(label))) return null;
    return given[axis] === undefined ? DEFAULT_VALUES[axis] : given[axis];
  };
  return { certainty: axisValue('certainty'), time: axisValue('time'), subject: axisValue('subject'), action: axisValue('action') };
}
