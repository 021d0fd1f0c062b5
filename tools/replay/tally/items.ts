import type { ExtractionResult } from '@epee/records';

/** What of a result is compared, task by task. */
export const COMPARED_TASKS = ['sections', 'events', 'entities', 'relations'] as const;

/** One of {@link COMPARED_TASKS}. */
export type ComparedTask = (typeof COMPARED_TASKS)[number];

/**
 * Something found: its place, and its label. Equal places mean the same thing in two results of one
 * document.
 */
export interface FoundItem {
  readonly place: string;
  readonly label: string;
  readonly confidence: number;
}

/** What a result holds, by task. */
export type FoundItems = Readonly<Record<ComparedTask, readonly FoundItem[]>>;

/**
 * What a result holds, each at its place: sections by their range, events by their trigger's,
 * entities by their own, relations by those of head and tail.
 */
export function itemsOf({
  sections,
  events,
  entities,
  relations,
}: Pick<ExtractionResult, 'sections' | 'events' | 'entities' | 'relations'>): FoundItems {
  const places = new Map(entities.map((entity) => [entity.id, rangeOf(entity)]));
  const item = <T extends { label: string; confidence: number }>({ label, confidence }: T, place: string): FoundItem => ({
    place,
    label,
    confidence,
  });
  return {
    sections: sections.map((section) => item(section, rangeOf(section))),
    events: events.map(({ type, confidence, ...event }) => item({ label: type, confidence }, rangeOf(event))),
    entities: entities.map((entity) => item(entity, rangeOf(entity))),
    relations: relations.map((relation) => item(relation, `${places.get(relation.headId)}>${places.get(relation.tailId)}`)),
  };
}

const rangeOf = ({ start, end }: { readonly start: number; readonly end: number }) => `${start}-${end}`;
