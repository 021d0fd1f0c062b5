export { type ExportRequest, runExport, TABLE_FORMATS } from './export/run-export.ts';
export { type Move, runList, runMove, runReport, runStatus } from './run-control.ts';
export { follow, type ImportRequest, runImport } from './run-import.ts';
