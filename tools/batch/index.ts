export {
  type ExportReport,
  type ExportRequest,
  exportResults,
  exportText,
  exportWarnings,
  TABLE_FORMATS,
} from './export/export-results.ts';
export { type Move, type MoveReport, moveImport, moveText } from './move-import.ts';
export { listImports, readImport } from './read-imports.ts';
export { demandDone, finished, hasEnded, type ImportReport, importsTable, importText, statusText } from './report.ts';
export { type ImportRequest, startImport } from './start-import.ts';
export { watchImport } from './watch-import.ts';
