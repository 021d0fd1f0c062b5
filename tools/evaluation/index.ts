export { casesOf } from './curves/cases.ts';
export { type EvaluateRequest, type EvaluationConfig, evaluate } from './evaluate.ts';
export { type FileReading, openReading } from './read/file-reading.ts';
export { chosenTasks, type ScoredTask, scoredTasks } from './read/scored-tasks.ts';
export { eachPortion } from './read/task-reading.ts';
export { evaluationPage } from './report/page.ts';
export type { EvaluationReport, Prediction } from './report/report.ts';
export { evaluationText } from './report/text.ts';
export { measurePolicies } from './times/measure-policies.ts';
