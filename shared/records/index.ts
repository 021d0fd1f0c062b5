export { MAX_NAME_CHARACTERS, MAX_VERSION } from './note-rules.ts';
export { type ResultJson, resultToJson } from './result-json.ts';
export type * from './types.ts';
export { checkNote, type NoteDefaults, type NoteLimits, validateNote } from './validate-note.ts';
