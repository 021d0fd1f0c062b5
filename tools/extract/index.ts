export { type CutNoteReport, cutFiles } from './cut-files.ts';
export { type BesideResult, extractFiles } from './extract-files.ts';
export { extractRows } from './extract-notes.ts';
export { type OpenExtractor, openExtractor } from './open-extractor.ts';
export { createPrinter, type PrintForm } from './print.ts';
export { extractText, precisionText } from './report.ts';
