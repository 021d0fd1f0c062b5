export { bareNote } from './bare-note.ts';
export { type DocumentFields, emptyResult } from './empty-result.ts';
export { MAX_INLINE_IMAGE_BYTES } from './image-rules.ts';
export {
  ANY_CONFIDENCE,
  belowConfidence,
  type LeftOut,
  type MinConfidence,
  parseMinConfidence,
} from './min-confidence.ts';
export { DOCUMENT_STATUSES, MAX_NAME_CHARACTERS, MAX_SOURCE_IDS, MAX_VERSION } from './note-rules.ts';
export {
  ENTITY_KINDS,
  type EntityKind,
  entityKind,
  type NoteLine,
  type TextRun,
  type ViewedFact,
  type ViewedLink,
  viewNote,
} from './note-view.ts';
export { completeResult, type ResultJson, resultToJson, type StoredResultJson } from './result-json.ts';
export type * from './types.ts';
export {
  checkFacts,
  checkImage,
  checkRawLength,
  completeImage,
  type ImageDefaults,
  type ImageDraft,
  type ImageFacts,
  readImageJson,
} from './validate-image.ts';
export { checkNote, NOTE_FIELDS, type NoteDefaults, type NoteLimits, validateNote } from './validate-note.ts';
