export { FORMATS, type Format } from './formats.ts';
export { CODED_LABELS, type LoadReport, type LoadRequest, loadTerminology, loadText } from './load.ts';
export { findCodes, findText, type ListedTable, listTerminologies, listText } from './look.ts';
