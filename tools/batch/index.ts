export { type ExportRequest, TABLE_FORMATS, runExport } from './export/run-export.ts';
export { type Move, runList, runMove, runReport, runStatus } from './run-control.ts';
export { type ImportRequest, follow, runImport } from './run-import.ts';
