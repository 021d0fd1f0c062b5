import type { AssertionSource } from '@epee/records';
import type { Range } from '../cut/lines.ts';

/** A mention in a text: its label (`problem`, `dose`, ...) and where it stands, UTF-16 units. */
export interface FactSpan extends Range {
  readonly label: string;
}

/** Labels whose mentions have an assertion, and may be the head of an attribute. */
export type HeadLabel = 'problem' | 'medication' | 'test' | 'procedure';

/** Labels of attributes of a head: `has_<label>` is the relation between them. */
export type AttributeLabel = 'dose' | 'route' | 'frequency' | 'duration' | 'value' | 'severity' | 'anatomy' | 'time';

const HEADS: ReadonlySet<string> = new Set(['problem', 'medication', 'test', 'procedure']);
const ATTRIBUTES: ReadonlySet<string> = new Set(['dose', 'route', 'frequency', 'duration', 'value', 'severity', 'anatomy', 'time']);

/** Whether a mention has an assertion. */
export const isHead = (label: string): label is HeadLabel => HEADS.has(label);
/** Whether a mention belongs to a head. */
export const isAttribute = (label: string): label is AttributeLabel => ATTRIBUTES.has(label);

/** What the rules say of one axis of a mention. */
export interface ContextAxis<Value extends string> {
  readonly value: Value;
  readonly source: Exclude<AssertionSource, 'model'>;
  /** Where the words stand that say it, in the text that was read; null where no words do. */
  readonly cue: Range | null;
  /** About how often the rule is right, 0 to 1: what it weighs beside a model's opinion. */
  readonly strength: number;
}
