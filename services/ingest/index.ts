export { type Ingest, startIngest } from './ingest.ts';
export { openIngest } from './open.ts';
export type { IngestDeps, Publish } from './types.ts';
