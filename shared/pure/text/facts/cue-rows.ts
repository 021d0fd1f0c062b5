import type { AssertedTime, Certainty, MedicationAction } from '@epee/records';
import type { HeadLabel } from './types.ts';

/** What one axis takes from a cue. */
export type CueValue =
  | { readonly axis: 'certainty'; readonly value: Certainty }
  | { readonly axis: 'time'; readonly value: AssertedTime }
  | { readonly axis: 'action'; readonly value: MedicationAction };

/** A cue: what it says, of which mentions. */
export interface Cue {
  readonly values: readonly CueValue[];
  /** Where the mentions are that it speaks of: behind it, before it, or on both sides. */
  readonly reach: 'right' | 'left' | 'both';
  /** About how often it is right, 0 to 1. */
  readonly strength: number;
  /** Words outside mentions that may stand between it and the last mention that it speaks of. */
  readonly window: number;
  /** Labels of the mentions that it speaks of; all where left out. */
  readonly labels?: readonly HeadLabel[];
}

/** A phrase of the table: a cue, or words that end the reach of cues, or words that look like a cue and are none. */
export type Entry = Cue | 'end' | 'none';

/** How often a cue is right, and a window that does not end before the sentence. */
export const SURE = 0.97;
export const FAIR = 0.9;
export const WEAK = 0.75;
export const FAR = 40;

/** Values of the axes, by name. */
export const is = {
  absent: { axis: 'certainty', value: 'absent' },
  present: { axis: 'certainty', value: 'present' },
  possible: { axis: 'certainty', value: 'possible' },
  hypothetical: { axis: 'certainty', value: 'hypothetical' },
  past: { axis: 'time', value: 'past' },
  current: { axis: 'time', value: 'current' },
  future: { axis: 'time', value: 'future' },
  start: { axis: 'action', value: 'start' },
  stop: { axis: 'action', value: 'stop' },
  increase: { axis: 'action', value: 'increase' },
  decrease: { axis: 'action', value: 'decrease' },
  continue: { axis: 'action', value: 'continue' },
  switch: { axis: 'action', value: 'switch' },
  allergy: { axis: 'action', value: 'allergy' },
} as const satisfies Record<string, CueValue>;

/** Phrases with what they say; the window is without end where left out. */
export type Row = readonly [
  phrases: string,
  reach: Cue['reach'],
  values: readonly CueValue[],
  strength: number,
  window?: number,
  labels?: readonly HeadLabel[],
];

/** Labels that a cue speaks of. */
export const PROBLEMS: readonly HeadLabel[] = ['problem'];
export const MEDICATIONS: readonly HeadLabel[] = ['medication'];
export const ORDERED: readonly HeadLabel[] = ['test', 'procedure'];
export const GIVEN: readonly HeadLabel[] = ['test', 'procedure', 'medication'];

/** A row of the table as a cue. */
export const cueOf = ([, reach, values, strength, window = FAR, labels]: Row): Cue => ({
  reach,
  values,
  strength,
  window,
  ...(labels === undefined ? {} : { labels }),
});
