export { type FileReading, createFileReading } from './file-reading.ts';
export { measurePolicies } from './measure-policies.ts';
export type { ScoredTask } from './report.ts';
export { type EvaluateRequest, runEvaluate } from './run-evaluate.ts';
export { scoreFile } from './score-file.ts';
export { type LabelledRow, PORTION, portionsOf } from './score-rows.ts';
export { scoredTasks } from './scored-tasks.ts';
