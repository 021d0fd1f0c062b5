export { createFileReading, type FileReading } from './file-reading.ts';
export { measurePolicies } from './measure-policies.ts';
export type { ScoredTask } from './report.ts';
export { type EvaluateRequest, runEvaluate } from './run-evaluate.ts';
export { scoreFile } from './score-file.ts';
export { chosenTasks, scoredTasks } from './scored-tasks.ts';
