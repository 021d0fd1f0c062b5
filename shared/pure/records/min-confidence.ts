import type { ClinicalEvent, Entity, ExtractionResult, Relation } from './types.ts';

/** Lowest confidence of what counts as found. */
export interface MinConfidence {
  /** Of labels that are not named, 0 to 1. */
  readonly others: number;
  /** By label of entities and relations, and by type of events. */
  readonly byLabel: Readonly<Record<string, number>>;
}

/** Everything counts, however unsure. */
export const ANY_CONFIDENCE: MinConfidence = Object.freeze({ others: 0, byLabel: Object.freeze({}) });

/** What a result loses: an entity, event or relation. */
export interface LeftOut {
  readonly kind: 'entity' | 'event' | 'relation';
  /** Id of an entity or event; null of a relation. */
  readonly id: string | null;
  /** Label, or type of an event. */
  readonly label: string;
  /** Unicode code points; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly confidence: number;
  readonly exitLayer: number;
  /** The confidence that it would need. */
  readonly minConfidence: number;
  /** Ids of the entities that it needs and that are left out; empty where its own confidence is too low. */
  readonly needs: readonly string[];
}

/** The part of a result that confidence decides about. */
type Findings = Pick<ExtractionResult, 'entities' | 'events' | 'relations'>;

const LABEL = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;
const SHARE = /^(0(\.\d{1,6})?|1(\.0{1,6})?|\.\d{1,6})$/;

/**
 * Reads thresholds as they are typed: a number for all labels, or `label=number` separated by commas,
 * where a number alone is for the labels that are not named: `0.5`, `problem=0.6,medication=0.7`.
 * @returns null where the text is something else, or names a label twice
 */
export function parseMinConfidence(text: string): MinConfidence | null {
  if (text.trim() === '') return ANY_CONFIDENCE;
  let others: number | null = null;
  const byLabel: Record<string, number> = {};
  for (const part of text.split(',').map((own) => own.trim())) {
    const [label, share, ...rest] = part.includes('=') ? part.split('=') : [null, part];
    if (rest.length > 0 || !SHARE.test(share ?? '')) return null;
    if (label === null) {
      if (others !== null) return null;
      others = Number(share);
    } else {
      if (!LABEL.test(label!) || Object.hasOwn(byLabel, label!)) return null;
      byLabel[label!] = Number(share);
    }
  }
  return { others: others ?? 0, byLabel };
}

/**
 * Takes out of a result what the model is too unsure of, and what cannot stand without it: a
 * relation needs both of its ends; an event loses the arguments that are left out, and goes with its
 * last one, an adverse event with its last drug or effect.
 * @returns the result without it, the very same where nothing is left out, and what was left out in
 *   the order of the note
 */
export function belowConfidence<Result extends Findings>(
  result: Result,
  least: MinConfidence,
): { readonly result: Result; readonly leftOut: readonly LeftOut[] } {
  const needed = (label: string) => (Object.hasOwn(least.byLabel, label) ? least.byLabel[label]! : least.others);
  const isSure = ({ confidence }: { readonly confidence: number }, label: string) => confidence >= needed(label);
  const gone = new Set(result.entities.filter((entity) => !isSure(entity, entity.label)).map(({ id }) => id));
  const leftOut: LeftOut[] = [];
  const leave = (kind: LeftOut['kind'], id: string | null, label: string, item: Entity | ClinicalEvent | Relation, needs: string[]) => {
    const { start, end, text, confidence, exitLayer } = item;
    leftOut.push({ kind, id, label, start, end, text, confidence, exitLayer, minConfidence: needed(label), needs });
  };
  const entities = result.entities.filter((entity) => {
    if (gone.has(entity.id)) leave('entity', entity.id, entity.label, entity, []);
    return !gone.has(entity.id);
  });
  const events = result.events.flatMap((event) => {
    const lost = event.arguments.filter(({ entityId }) => gone.has(entityId));
    const kept = event.arguments.filter(({ entityId }) => !gone.has(entityId));
    if (isSure(event, event.type) && stands(event, kept)) return [lost.length === 0 ? event : { ...event, arguments: kept }];
    leave('event', event.id, event.type, event, isSure(event, event.type) ? lost.map(({ entityId }) => entityId) : []);
    return [];
  });
  const relations = result.relations.filter((relation) => {
    const lost = [relation.headId, relation.tailId].filter((id) => gone.has(id));
    const sure = isSure(relation, relation.label);
    if (sure && lost.length === 0) return true;
    leave('relation', null, relation.label, relation, sure ? lost : []);
    return false;
  });
  const isSame = leftOut.length === 0;
  return {
    result: isSame ? result : { ...result, entities, events, relations },
    leftOut: leftOut.toSorted((a, b) => a.start - b.start || b.end - a.end),
  };
}

/** Roles without which an adverse event says nothing. */
const NEEDED_ROLES: readonly RegExp[] = [/(^|\.)Drug$/, /^Effect$/];

function stands({ type, arguments: all }: ClinicalEvent, kept: ClinicalEvent['arguments']): boolean {
  if (all.length > 0 && kept.length === 0) return false;
  if (type !== 'Adverse_event') return true;
  const fills = (filled: ClinicalEvent['arguments'], wanted: RegExp) => filled.some(({ role }) => wanted.test(role));
  return NEEDED_ROLES.every((wanted) => !fills(all, wanted) || fills(kept, wanted));
}
