export { parseRange } from './plan/parse-range.ts';
export type { ListedRun } from './plan/plan.ts';
export {
  listReplays,
  type ReplayWatch,
  type ReportRequest,
  type RunRequest,
  reportReplay,
  resumeReplay,
  runReplay,
} from './replay.ts';
export { replayPage } from './report/page.ts';
export type { ReplayReport } from './report/report.ts';
export { replayText, runsText } from './report/text.ts';
