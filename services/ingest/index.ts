export { imageRecord } from './accepting/image-record.ts';
export { type Ingest, startIngest } from './ingest.ts';
export { checkPolicyName, noteRecord, POLICY_HEADER } from './accepting/note-record.ts';
export { openIngest } from './open.ts';
export type { IngestDeps, IngestRecord, NoteRecord, Publish } from './types.ts';
