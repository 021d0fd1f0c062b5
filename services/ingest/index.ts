export { imageRecord } from './image-record.ts';
export { type Ingest, startIngest } from './ingest.ts';
export { checkPolicyName, noteRecord, POLICY_HEADER } from './note-record.ts';
export { openIngest } from './open.ts';
export type { IngestDeps, IngestRecord, NoteRecord, Publish } from './types.ts';
