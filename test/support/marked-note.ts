import type { Assertion, Entity, ExtractionResult, Relation } from '@epee/records';
import { resultOf } from './records.ts';

/** How a test marks an entity. */
export interface Mark {
  readonly label: string;
  /** Words of the note; their first place behind the mark before counts. */
  readonly text: string;
  readonly certainty?: Assertion['certainty']['value'];
  readonly time?: Assertion['time']['value'];
  readonly subject?: Assertion['subject']['value'];
  readonly action?: NonNullable<Assertion['action']>['value'];
  readonly confidence?: number;
  readonly codes?: Entity['codes'];
  /** Relations from this mark: label, and how many marks on (or, below 0, back) the tail is. */
  readonly links?: readonly (readonly [label: string, marksOn: number])[];
}

const ASSERTED = ['problem', 'medication', 'test', 'procedure'];

/** The result of a note with the marks in their order. */
export function markedResult(text: string, marks: readonly Mark[], over: Partial<ExtractionResult> = {}): ExtractionResult {
  let from = 0;
  const entities = marks.map((mark, at): Entity => {
    const unit = text.indexOf(mark.text, from);
    if (unit < 0) throw new RangeError(`the note has no ${mark.text} behind mark ${at}`);
    from = unit + mark.text.length;
    const start = [...text.slice(0, unit)].length;
    return {
      id: `e${at + 1}`,
      label: mark.label,
      start,
      end: start + [...mark.text].length,
      text: mark.text,
      confidence: mark.confidence ?? 0.9,
      exitLayer: 4,
      exitReason: 'entropy',
      assertion: ASSERTED.includes(mark.label) ? assertionOf(mark) : null,
      codes: mark.codes ?? [],
      parsed: null,
    };
  });
  const relations = marks.flatMap(({ links = [] }, at) =>
    links.map(([label, marksOn]) => relationOf(label, entities[at]!, entities[at + marksOn]!)),
  );
  return resultOf({ entities, relations, ...over });
}

function assertionOf({ certainty = 'present', time = 'current', subject = 'patient', action }: Mark): Assertion {
  const axis = <Value extends string>(value: Value, usual: string) =>
    ({ value, source: value === usual ? 'default' : 'model', cue: null }) as const;
  return {
    certainty: axis(certainty, 'present'),
    time: axis(time, 'current'),
    subject: axis(subject, 'patient'),
    action: action === undefined ? null : axis(action, ''),
  };
}

const relationOf = (label: string, head: Entity, tail: Entity): Relation => ({
  label,
  headId: head.id,
  tailId: tail.id,
  start: Math.min(head.start, tail.start),
  end: Math.max(head.end, tail.end),
  text: 'both',
  confidence: 0.8,
  exitLayer: 3,
  exitReason: 'patience',
});
