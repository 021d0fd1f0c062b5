export { publishRows } from './publish-rows.ts';
export { type IngestRequest, type IngestTotals, runIngest } from './run-ingest.ts';
