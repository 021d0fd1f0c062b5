export { type LoadedTable, loadTables, MAX_TABLE_BYTES, openTerminology, SHIPPED_TABLES } from './load-tables.ts';
export { readManifest, type TableEntry } from './manifest.ts';
export { type TableAbout, writeTable } from './write-table.ts';
