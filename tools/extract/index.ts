export { type CutNoteReport, cutFiles } from './cut-files.ts';
export { extractFiles } from './extract-files.ts';
export { extractRows } from './extract-notes.ts';
export { type OpenExtractor, openExtractor } from './open-extractor.ts';
export { extractText, precisionText } from './report.ts';
