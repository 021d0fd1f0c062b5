export { MAX_INLINE_IMAGE_BYTES } from './image-rules.ts';
export { MAX_NAME_CHARACTERS, MAX_VERSION } from './note-rules.ts';
export { type ResultJson, resultToJson } from './result-json.ts';
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
export { checkNote, type NoteDefaults, type NoteLimits, validateNote } from './validate-note.ts';
