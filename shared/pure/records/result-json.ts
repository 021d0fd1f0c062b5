import type { ClinicalEvent, Entity, ExtractionResult } from './types.ts';

/** {@link ExtractionResult} as plain JSON values. */
export type ResultJson = Omit<ExtractionResult, 'version'> & { readonly version: number | string };

/** Fields that came with the second release of the schema; JSON that was stored before lacks them. */
type Later = 'noteType' | 'documentStatus' | 'sourceIds' | 'noteTimeMs' | 'retraction' | 'terminologies';
type LaterOfEntity = 'assertion' | 'codes' | 'parsed';

/** {@link ResultJson} of any release. */
export type StoredResultJson = Omit<ResultJson, Later | 'entities' | 'events'> &
  Partial<Pick<ResultJson, Later>> & {
    readonly entities: readonly (Omit<Entity, LaterOfEntity> & Partial<Pick<Entity, LaterOfEntity>>)[];
    readonly events: readonly (Omit<ClinicalEvent, 'assertion'> & Partial<Pick<ClinicalEvent, 'assertion'>>)[];
  };

/**
 * A result for `JSON.stringify`: the same fields, with `version` as a number up to 2^53 - 1. Beyond
 * that it is a string of digits, because most readers of JSON would lose digits of a number. Notes
 * as JSON follow the same rule.
 */
export function resultToJson(result: ExtractionResult): ResultJson {
  const exact = result.version <= BigInt(Number.MAX_SAFE_INTEGER) && result.version >= BigInt(Number.MIN_SAFE_INTEGER);
  return { ...result, version: exact ? Number(result.version) : result.version.toString() };
}

/** A result as it was stored, with the defaults of fields that it was stored without. */
export const completeResult = (stored: StoredResultJson): ResultJson => ({
  ...stored,
  noteType: stored.noteType ?? null,
  documentStatus: stored.documentStatus ?? null,
  sourceIds: stored.sourceIds ?? [],
  noteTimeMs: stored.noteTimeMs ?? null,
  retraction: stored.retraction ?? null,
  terminologies: stored.terminologies ?? [],
  entities: stored.entities.map((entity) => ({
    ...entity,
    assertion: entity.assertion ?? null,
    codes: entity.codes ?? [],
    parsed: entity.parsed ?? null,
  })),
  events: stored.events.map((event) => ({ ...event, assertion: event.assertion ?? null })),
});
