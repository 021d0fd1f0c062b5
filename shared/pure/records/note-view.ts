import type { Assertion, ClinicalEvent, Entity, ExtractionResult, Relation } from './types.ts';

/** Kinds of entities as they are told apart when a note is shown, the most important first. */
export const ENTITY_KINDS = [
  'problem',
  'medication',
  'test',
  'procedure',
  'value',
  'anatomy',
  'detail',
  'time',
  'severity',
  'other',
] as const;

/** One of {@link ENTITY_KINDS}. `detail`: dose, route, frequency or duration. */
export type EntityKind = (typeof ENTITY_KINDS)[number];

const KINDS: Readonly<Record<string, EntityKind>> = {
  problem: 'problem',
  Effect: 'problem',
  'Treatment.Disorder': 'problem',
  medication: 'medication',
  'Treatment.Drug': 'medication',
  'Combination.Drug': 'medication',
  test: 'test',
  procedure: 'procedure',
  value: 'value',
  anatomy: 'anatomy',
  dose: 'detail',
  route: 'detail',
  frequency: 'detail',
  duration: 'detail',
  'Treatment.Dosage': 'detail',
  'Treatment.Route': 'detail',
  'Treatment.Freq': 'detail',
  'Treatment.Duration': 'detail',
  time: 'time',
  'Treatment.Time_elapsed': 'time',
  severity: 'severity',
};

/** Kinds that are facts of their own; the others say more of one. */
const FACT_KINDS: ReadonlySet<EntityKind> = new Set(['problem', 'medication', 'test', 'procedure']);

/** The kind of an entity's label. */
export const entityKind = (label: string): EntityKind => (Object.hasOwn(KINDS, label) ? KINDS[label]! : 'other');

/** A note's text with its facts, line by line. */
export interface NoteLine {
  /** The line's text in runs, in order; together they are the line. Empty of an empty line. */
  readonly runs: readonly TextRun[];
  /** Facts that begin in the line, in the order of their places. */
  readonly facts: readonly ViewedFact[];
  /** Events whose trigger begins in the line. */
  readonly events: readonly ClinicalEvent[];
}

/** A piece of a line. */
export interface TextRun {
  readonly text: string;
  /** The entity that it is shown as; null for plain text. */
  readonly entity: Entity | null;
  /** Other entities that cover a part of it. */
  readonly others: readonly Entity[];
  /** Whether the entity begins here: an entity that runs over a line end has a run in each line. */
  readonly begins: boolean;
}

/** An entity with what the result says of it. */
export interface ViewedFact {
  readonly entity: Entity;
  readonly kind: EntityKind;
  /** What differs from the defaults, in words: `absent`, `past`, `family`, `start`. */
  readonly qualifiers: readonly string[];
  /** Entities that it is related to, each with what that says of it: `dose`, `for`, `caused by`. */
  readonly links: readonly ViewedLink[];
}

/** One relation as its head or its tail sees it. */
export interface ViewedLink {
  readonly name: string;
  readonly entity: Entity;
  readonly relation: Relation;
}

/**
 * Lays a note's text out with the facts of its result. An entity of a kind that says more of a fact
 * is a fact of its own only where nothing is related to it.
 * @param text of the note that the result is of
 */
export function viewNote(
  text: string,
  { entities, events, relations }: Pick<ExtractionResult, 'entities' | 'events' | 'relations'>,
): NoteLine[] {
  const characters = Array.from(text);
  const byId = new Map(entities.map((entity) => [entity.id, entity]));
  const links = linksOf(relations, byId);
  const inArguments = new Set(events.flatMap(({ arguments: filled }) => filled.map(({ entityId }) => entityId)));
  const isFact = ({ id, label }: Entity) =>
    Object.hasOwn(FACT_LABELS, label) ||
    (!links.isTail.has(id) && !inArguments.has(id) && (FACT_KINDS.has(entityKind(label)) || !label.includes('.')));
  const facts = entities.filter(isFact).map(
    (entity): ViewedFact => ({
      entity,
      kind: entityKind(entity.label),
      qualifiers: qualifiersOf(entity.assertion),
      links: links.of.get(entity.id) ?? [],
    }),
  );
  const ranked = entities.toSorted(byRank);
  return linesOf(characters).map(({ start, end }, at, lines) => {
    const next = lines[at + 1]?.start ?? Number.POSITIVE_INFINITY;
    const inside = ({ start: own }: { readonly start: number }) => own >= start && own < next;
    return {
      runs: runsOf(
        characters,
        { start, end },
        ranked.filter((entity) => entity.start < end && entity.end > start),
      ),
      facts: facts.filter(({ entity }) => inside(entity)).toSorted((a, b) => a.entity.start - b.entity.start),
      events: events.filter(inside),
    };
  });
}

/** Labels that are facts however they are related. */
const FACT_LABELS: Readonly<Record<string, true>> = { problem: true, medication: true, test: true, procedure: true };

/** What an assertion says beyond the defaults, in words. */
function qualifiersOf(assertion: Assertion | null): string[] {
  if (assertion === null) return [];
  const { certainty, time, subject, action } = assertion;
  return [
    ...(certainty.value === 'present' ? [] : [certainty.value]),
    ...(time.value === 'current' ? [] : [time.value]),
    ...(subject.value === 'patient' ? [] : [subject.value]),
    ...(action === null ? [] : [action.value]),
  ];
}

/** Names of relations as the tail sees them; of others nothing is said there. */
const SEEN_FROM_TAIL: Readonly<Record<string, string>> = { adverse_effect: 'caused by', indication: 'treated with' };
const SEEN_FROM_HEAD: Readonly<Record<string, string>> = { adverse_effect: 'causes', indication: 'for' };

function linksOf(relations: readonly Relation[], byId: ReadonlyMap<string, Entity>) {
  const of = new Map<string, ViewedLink[]>();
  const isTail = new Set<string>();
  const add = (id: string, link: ViewedLink) => of.set(id, [...(of.get(id) ?? []), link]);
  for (const relation of relations) {
    const [head, tail] = [byId.get(relation.headId), byId.get(relation.tailId)];
    if (head === undefined || tail === undefined) continue;
    isTail.add(tail.id);
    const { label } = relation;
    add(head.id, { name: SEEN_FROM_HEAD[label] ?? label.replace(/^has_/, '').replaceAll('_', ' '), entity: tail, relation });
    if (Object.hasOwn(SEEN_FROM_TAIL, label)) add(tail.id, { name: SEEN_FROM_TAIL[label]!, entity: head, relation });
  }
  return { of, isTail };
}

/** Of entities that cover the same text the one to be shown: the more important kind, then the longer one. */
function byRank(a: Entity, b: Entity): number {
  const isPhee = ({ label }: Entity) => Number(label.includes('.') || label === 'Effect');
  const kind = ({ label }: Entity) => ENTITY_KINDS.indexOf(entityKind(label));
  return isPhee(a) - isPhee(b) || kind(a) - kind(b) || b.end - b.start - (a.end - a.start) || a.start - b.start;
}

interface Ends {
  readonly start: number;
  readonly end: number;
}

/** Lines without their ends; a text that ends with a line end has no empty line behind it. */
function linesOf(characters: readonly string[]): Ends[] {
  const lines: Ends[] = [];
  let start = 0;
  for (const [at, character] of characters.entries()) {
    if (character !== '\n') continue;
    lines.push({ start, end: characters[at - 1] === '\r' && at > start ? at - 1 : at });
    start = at + 1;
  }
  return start < characters.length || lines.length === 0 ? [...lines, { start, end: characters.length }] : lines;
}

/** @param ranked entities that touch the line, the one to be shown first */
function runsOf(characters: readonly string[], { start, end }: Ends, ranked: readonly Entity[]): TextRun[] {
  const cuts = new Set([start, end]);
  for (const entity of ranked) for (const cut of [entity.start, entity.end]) if (cut > start && cut < end) cuts.add(cut);
  const places = [...cuts].toSorted((a, b) => a - b);
  const runs: (TextRun & Ends)[] = [];
  for (const [at, from] of places.entries()) {
    const to = places[at + 1];
    if (to === undefined) break;
    const [entity = null, ...others] = ranked.filter((own) => own.start < to && own.end > from);
    const last = runs.at(-1);
    const text = characters.slice(from, to).join('');
    if (last !== undefined && last.entity === entity) {
      const all = [...last.others, ...others.filter((other) => !last.others.includes(other))];
      runs[runs.length - 1] = { ...last, text: last.text + text, end: to, others: all };
    } else runs.push({ text, entity, others, begins: entity !== null && entity.start === from, start: from, end: to });
  }
  return runs.map(({ text, entity, others, begins }) => ({ text, entity, others, begins }));
}
