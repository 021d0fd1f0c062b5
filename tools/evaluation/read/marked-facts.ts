import {
  ASSERTED_LABELS,
  AXES,
  type Axis,
  axisCounts,
  type ConfidentAnswer,
  type Counts,
  type FactCounts,
  type FactLink,
  type FactSpan,
  factCounts,
  type MarkedFacts,
  valuesOf,
} from '@epee/exits';
import type { AssertionItem, FactsItem } from '@epee/labelled-data';
import type { Entity, Relation } from '@epee/records';

/** An entity that was found, with how sure the model is of it. */
export interface FoundEntity extends FactSpan {
  readonly confidence: number;
}

/** What was found in a note. */
export interface FoundFacts {
  readonly entities: readonly FoundEntity[];
  readonly relations: readonly FactLink[];
}

/** A found entity of a label that was marked, and whether it is right to the letter. */
export interface JudgedEntity extends ConfidentAnswer {
  readonly label: string;
}

/** Compares what is found in one text with what is wanted of it. */
export interface FactJudge {
  countsOf(found: FoundFacts): FactCounts;
  /** Entities that are scored, each with its confidence. */
  judge(found: FoundFacts): readonly JudgedEntity[];
}

/** The part of a result that holds its facts. */
export interface FactsOfResult {
  readonly entities: readonly Pick<Entity, 'id' | 'label' | 'start' | 'end' | 'confidence' | 'assertion'>[];
  readonly relations: readonly Pick<Relation, 'label' | 'headId' | 'tailId'>[];
}

/** The facts of a result. An entity of which the model does not say how the note speaks has the defaults. */
export function factsIn({ entities, relations }: FactsOfResult): FoundFacts {
  return {
    entities: entities.map(({ id, label, start, end, confidence, assertion }) => {
      return { id, label, start, end, confidence, values: valuesOf(label, valuesIn(assertion)) };
    }),
    relations: relations.map(({ label, headId, tailId }) => ({ label, head: headId, tail: tailId })),
  };
}

function valuesIn(assertion: Entity['assertion'] | undefined): Partial<Record<Axis, string>> {
  const entries = AXES.flatMap((axis) => (assertion?.[axis] ? [[axis, assertion[axis].value] as const] : []));
  return Object.fromEntries(entries);
}

/** Labels of relations that occur in a file: of others nobody knows whether they were looked for. */
export const relationLabelsOf = (items: readonly FactsItem[]): ReadonlySet<string> =>
  new Set(items.flatMap(({ relations }) => relations.map(({ label }) => label)));

/** What a note wants, as a judge. */
export function factJudge(item: FactsItem, relationLabels: ReadonlySet<string>): FactJudge {
  const wanted = markedFacts(item, relationLabels);
  const right = new Set(wanted.entities.map(keyOf));
  return {
    countsOf: (found) => factCounts(found, wanted),
    judge: ({ entities }) =>
      entities
        .filter(
          (entity) => wanted.labels.has(entity.label) && !wanted.ignored.some(({ start, end }) => start < entity.end && end > entity.start),
        )
        .map((entity) => ({ label: entity.label, confidence: entity.confidence, right: right.has(keyOf(entity)) })),
  };
}

/**
 * What a sentence with one marked phrase wants. `found` is the share of phrases that some entity
 * overlaps; the axes are those of the entity that overlaps the phrase most.
 */
export function assertionJudge(item: AssertionItem): FactJudge {
  const { target, ...given } = item;
  const wanted = { certainty: given.certainty ?? null, time: given.time ?? null, subject: given.subject ?? null, action: null };
  return {
    countsOf({ entities }) {
      const best = entities
        .filter(({ label }) => ASSERTED_LABELS.has(label))
        .map((entity) => ({ entity, shared: Math.min(entity.end, target.end) - Math.max(entity.start, target.start) }))
        .filter(({ shared }) => shared > 0)
        .reduce<Overlapping | null>((most, one) => (most === null || one.shared > most.shared ? one : most), null);
      const found: Counts = { found: 1, gold: 1, right: Number(best !== null) };
      return { found, ...(best === null ? {} : axisCounts(best.entity.values, wanted)) };
    },
    judge: () => [],
  };
}

interface Overlapping {
  readonly entity: FoundEntity;
  readonly shared: number;
}

function markedFacts({ labelled, entities, relations, meta }: FactsItem, relationLabels: ReadonlySet<string>): MarkedFacts {
  const masked = new Set((meta.maskAssertion ?? []).flatMap(({ id, axes }) => axes.map((axis) => `${id} ${axis}`)));
  // An axis that is not marked throughout says nothing where it is not named.
  const axisValue = (entity: FactsItem['entities'][number], axis: Axis) => {
    const given = entity[axis] ?? undefined;
    const isFull = (meta.axes?.[axis] ?? 'full') === 'full';
    return masked.has(`${entity.id} ${axis}`) ? null : (given ?? (isFull ? undefined : null));
  };
  return {
    entities: entities.map((entity) => {
      const { id, label, start, end } = entity;
      return { id, label, start, end, values: valuesOf(label, Object.fromEntries(AXES.map((axis) => [axis, axisValue(entity, axis)]))) };
    }),
    relations,
    labels: new Set(labelled),
    relationLabels,
    ignored: (meta.ignore ?? []).map(([start, end]) => ({ start, end })),
    origin: meta.origin ?? null,
  };
}

const keyOf = ({ label, start, end }: Pick<FactSpan, 'label' | 'start' | 'end'>) => `${start} ${end} ${label}`;
