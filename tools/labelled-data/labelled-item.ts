import { isAbsolute, normalize, sep } from 'node:path';
import { z } from 'zod';

const offset = z.int('must be a whole number from 0 on').min(0);
const span = z.object({ text: z.string(), start: offset, end: offset });
const name = z.union([z.string(), z.number()], 'must be a text or a number').transform(String);
const common = { id: name, text: z.string(), document: name.optional() };

const eventItem = z.object({
  ...common,
  events: z.array(z.object({ type: z.string(), trigger: span, arguments: z.array(span.extend({ role: z.string() })) })),
});
const relationItem = z.object({ ...common, head: span, tail: span, label: z.string() });
const classificationItem = z.object({ ...common, label: z.string() });
const noteItem = z.object(common);
const certainty = z.enum(['present', 'absent', 'possible', 'hypothetical']);
const time = z.enum(['current', 'past', 'future']);
const subject = z.enum(['patient', 'family', 'other']);
const action = z.enum(['start', 'stop', 'increase', 'decrease', 'continue', 'switch', 'allergy']);
const axis = z.enum(['certainty', 'time', 'subject', 'action']);
const range = z.tuple([offset, offset], 'must be two whole numbers: start and end');
const markedEntity = z
  .object({
    id: name,
    label: z.string().optional(),
    type: z.string().optional(),
    start: offset,
    end: offset,
    text: z.string().optional(),
    certainty: certainty.nullish(),
    time: time.nullish(),
    subject: subject.nullish(),
    action: action.nullish(),
  })
  .transform(({ label, type, ...rest }, context) => {
    const own = label ?? type;
    if (own !== undefined) return { ...rest, label: own };
    context.addIssue({ code: 'custom', message: 'needs a label', path: ['label'] });
    return z.NEVER;
  });
const markedRelation = z
  .object({ label: z.string().optional(), type: z.string().optional(), head: name, tail: name })
  .transform(({ label, type, head, tail }, context) => {
    const own = label ?? type;
    if (own !== undefined) return { label: own, head, tail };
    context.addIssue({ code: 'custom', message: 'needs a label', path: ['label'] });
    return z.NEVER;
  });
const marking = z.object({
  ignore: z.array(range).optional(),
  maskAssertion: z.array(z.object({ id: name, axes: z.array(axis) })).optional(),
  axes: z.partialRecord(axis, z.string()).optional(),
  origin: z.string().optional(),
});
const factsItem = z.object({
  ...common,
  labelled: z.array(z.string()),
  entities: z.array(markedEntity),
  relations: z.array(markedRelation).default([]),
  meta: marking.default({}),
});
const assertionItem = z.object({
  ...common,
  target: span,
  certainty: certainty.nullish(),
  time: time.nullish(),
  subject: subject.nullish(),
});
const imageItem = z.object({
  id: name,
  image: z.string().refine(staysBelow, 'must be a path of a PNG or JPEG below the folder of the file'),
  label: z.string(),
  document: name.optional(),
});

/** A span of an item's text, in code points, `end` exclusive; `text` is the text there. */
export type ItemSpan = z.output<typeof span>;
/** A sentence with its drug events: triggers and arguments. */
export type EventItem = z.output<typeof eventItem>;
/** A sentence with two marked entities and the label of their relation. */
export type RelationItem = z.output<typeof relationItem>;
/** A text with its label. */
export type ClassificationItem = z.output<typeof classificationItem>;
/**
 * A whole note with its entities, how it speaks of them, and their relations. `labelled` are the
 * labels of entities that were marked; in the ranges of `meta.ignore` nothing was. `meta.axes` says
 * how far an axis was marked (`full` where it is not named), `meta.maskAssertion` of which entities
 * it was not.
 */
export type FactsItem = z.output<typeof factsItem>;
/** A sentence with one marked phrase, and how the sentence speaks of it. */
export type AssertionItem = z.output<typeof assertionItem>;
/** A whole note without labels. */
export type NoteItem = z.output<typeof noteItem>;
/** An image with its label. `image` is a PNG's or JPEG's path from the labelled file's folder. */
export type ImageItem = z.output<typeof imageItem>;

/** Labels of texts that tell of an adverse drug effect: those of ade_cls and psytar. */
export const ADVERSE_LABELS: ReadonlySet<string> = new Set(['adverse_effect', 'adr']);
/** Their label of a text that tells of none. */
export const NOT_ADVERSE_LABEL = 'none';

/** Kinds of labelled data. One line is one item; all lines of a file are of one kind. */
export interface ItemKinds {
  readonly event: EventItem;
  readonly relation: RelationItem;
  readonly classification: ClassificationItem;
  readonly facts: FactsItem;
  readonly assertion: AssertionItem;
  readonly note: NoteItem;
  readonly image: ImageItem;
}

/** Name of a kind. */
export type ItemKind = keyof ItemKinds;

/** Name of a kind whose items are texts. */
export type TextKind = Exclude<ItemKind, 'image'>;

const SCHEMAS: { readonly [Kind in ItemKind]: z.ZodType<ItemKinds[Kind]> } = {
  event: eventItem,
  relation: relationItem,
  classification: classificationItem,
  facts: factsItem,
  assertion: assertionItem,
  note: noteItem,
  image: imageItem,
};

/** An item that was read, or the field at fault and what is wrong with it, never the text. */
export type ItemReading<Kind extends ItemKind> =
  | { readonly item: ItemKinds[Kind]; readonly problem?: undefined }
  | { readonly item?: undefined; readonly problem: string };

/** Tells the kind of data by the fields of its first line. */
export function kindOf(fields: Readonly<Record<string, unknown>>): ItemKind {
  if ('image' in fields && !('text' in fields)) return 'image';
  if ('events' in fields) return 'event';
  if ('head' in fields || 'tail' in fields) return 'relation';
  if ('target' in fields) return 'assertion';
  if ('entities' in fields) return 'facts';
  return fields.label === null || fields.label === undefined ? 'note' : 'classification';
}

/** Whether a path leads from a folder to something below it, without leaving it. */
export function staysBelow(path: string): boolean {
  const way = normalize(path);
  return path !== '' && !path.includes('\0') && !isAbsolute(way) && way !== '.' && way !== '..' && !way.startsWith(`..${sep}`);
}

/** Reads a line's fields as an item; spans must lie in the text and hold what they say. */
export function readItem<Kind extends ItemKind>(kind: Kind, fields: Readonly<Record<string, unknown>>): ItemReading<Kind> {
  const parsed = SCHEMAS[kind].safeParse(fields);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { problem: `${pathOf(issue!.path)} ${wrong(issue!, fields)}` };
  }
  const problem = spanProblem(parsed.data);
  return problem === null ? { item: parsed.data as ItemKinds[Kind] } : { problem };
}

function pathOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}.${String(key)}`), '$');
}

function wrong({ path, message }: { readonly path: readonly PropertyKey[]; readonly message: string }, fields: unknown): string {
  let value = fields as Record<PropertyKey, unknown> | undefined;
  for (const key of path) value = value?.[key] as Record<PropertyKey, unknown> | undefined;
  return value === undefined ? 'is missing' : message.replace(/^Invalid input: expected/, 'must be');
}

function spanProblem(item: ItemKinds[ItemKind]): string | null {
  if ('image' in item) return null;
  const characters = Array.from(item.text);
  const strange = 'entities' in item ? linkProblem(item) : null;
  if (strange !== null) return strange;
  for (const { path, span } of spansOf(item)) {
    if (span.start >= span.end || span.end > characters.length)
      return `${path} runs from ${span.start} to ${span.end}, which is no part of a text of ${characters.length} code points`;
    if (span.text !== undefined && characters.slice(span.start, span.end).join('') !== span.text)
      return `${path} says another text than that at its offsets`;
  }
  return null;
}

/** Ids must be unique, and relations name entities. */
function linkProblem({ entities, relations, meta }: FactsItem): string | null {
  const ids = new Set<string>();
  for (const [index, { id }] of entities.entries()) {
    if (ids.has(id)) return `$.entities[${index}].id is that of another entity`;
    ids.add(id);
  }
  for (const [index, { head, tail }] of relations.entries())
    if (!ids.has(head) || !ids.has(tail)) return `$.relations[${index}] names an entity that is not here`;
  const masked = (meta.maskAssertion ?? []).findIndex(({ id }) => !ids.has(id));
  return masked < 0 ? null : `$.meta.maskAssertion[${masked}].id names an entity that is not here`;
}

/** A span whose text need not be told. */
type MarkedSpan = Omit<ItemSpan, 'text'> & { readonly text?: string | undefined };

function spansOf(item: ItemKinds[TextKind]): { path: string; span: MarkedSpan }[] {
  if ('entities' in item) return item.entities.map((span, index) => ({ path: `$.entities[${index}]`, span }));
  if ('target' in item) return [{ path: '$.target', span: item.target }];
  if ('events' in item) {
    return item.events.flatMap(({ trigger, arguments: own }, event) => [
      { path: `$.events[${event}].trigger`, span: trigger },
      ...own.map((argument, index) => ({ path: `$.events[${event}].arguments[${index}]`, span: argument })),
    ]);
  }
  if (!('head' in item)) return [];
  return [
    { path: '$.head', span: item.head },
    { path: '$.tail', span: item.tail },
  ];
}
