export type { CliContext, Output, Runner } from './context.ts';
export { count, counted, duration, exactPercent, percent, short } from './numbers.ts';
export { checkOutput, writeWhole } from './output-files.ts';
export { classLine, eventLine, prettyResult } from './pretty-result.ts';
export { startProgress } from './progress.ts';
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
export { startSteps } from './step-progress.ts';
export { styleFor } from './style.ts';
export { type Cells, type Column, tableHead, tableRow } from './table.ts';
export { whileTicking } from './ticker.ts';
export { write } from './write.ts';
