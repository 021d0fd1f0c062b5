export { parseRange } from './plan/parse-range.ts';
export {
  listReplays,
  type ReplayWatch,
  type ReportRequest,
  reportReplay,
  resumeReplay,
  runReplay,
} from './replay.ts';
export { replayPage } from './report/page.ts';
export type { ReplayReport } from './report/report.ts';
export { replayText, runsText } from './report/text.ts';
