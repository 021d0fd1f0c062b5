export { type DryRunRequest, dryRun, dryRunText, isImportable } from './dry-run.ts';
export { type ExportRequest, exportResults, exportText, exportWarnings } from './export/export-results.ts';
export { type Move, moveImport, moveText } from './move-import.ts';
export { listImports, readImport } from './read-imports.ts';
export { demandDone, finished, hasEnded, type ImportReport, importsTable, importText, statusText } from './report.ts';
export { startImport } from './start-import.ts';
export { watchImport } from './watch-import.ts';
