import type { ClinicalNote, ExtractionResult } from './types.ts';

/** What a result takes over from its document. Every {@link ClinicalNote} has it. */
export type DocumentFields = Pick<
  ClinicalNote,
  | 'documentId'
  | 'version'
  | 'source'
  | 'patientRef'
  | 'encounterRef'
  | 'noteType'
  | 'documentStatus'
  | 'sourceIds'
  | 'noteTimeMs'
  | 'retraction'
>;

/**
 * A document's result before anything is found: empty lists, no compute. Of a document that was
 * taken back it is the whole result.
 * @param processedAtMs milliseconds since 1970 UTC
 */
export function emptyResult(document: DocumentFields, kind: ExtractionResult['kind'], processedAtMs: number): ExtractionResult {
  const { documentId, version, source, patientRef, encounterRef, noteType, documentStatus, sourceIds, noteTimeMs, retraction } = document;
  return {
    documentId,
    version,
    kind,
    source,
    patientRef,
    encounterRef,
    noteType,
    documentStatus,
    sourceIds,
    noteTimeMs,
    retraction,
    offsetUnit: 'unicodeCodePoint',
    sections: [],
    entities: [],
    events: [],
    relations: [],
    classifications: [],
    models: [],
    terminologies: [],
    compute: { rows: 0, layersRun: 0, layersFull: 0, computeMs: 0 },
    processedAtMs,
  };
}
