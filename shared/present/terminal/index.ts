export { foldLines } from './fold-lines.ts';
export { type NoteStyle, noteLegend, noteText } from './note-text.ts';
export { count, counted, duration, exactPercent, percent, short } from './numbers.ts';
export { type Output, widthOf } from './output.ts';
export { checkOutput, writeWhole } from './output-files.ts';
export { prettyResult } from './pretty-result.ts';
export {
  countNotes,
  countSteps,
  linesOn,
  type NoteCount,
  type Progress,
  progressOn,
  type StartProgress,
  unseenProgress,
  type Watch,
  whileShown,
} from './progress.ts';
export {
  addCompute,
  type ClassSummary,
  type ComputeSummary,
  type EventSummary,
  layersSaved,
  meanExitLayer,
  NO_COMPUTE,
  type RelationSummary,
  summarise,
} from './result-summary.ts';
export { stackedTable } from './stacked-table.ts';
export { type Style, styleFor } from './style.ts';
export { type Cells, type Column, fitColumns, tableHead, tableRow, tableText } from './table.ts';
export { write } from './write.ts';
