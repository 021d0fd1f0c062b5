export { extractRows } from './extract-notes.ts';
export { type OpenExtractor, openExtractor } from './open-extractor.ts';
export { type ExtractRequest, runExtract } from './run-extract.ts';
