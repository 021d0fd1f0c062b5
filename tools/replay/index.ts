export { type ReportRequest, type RunRequest, listReplays, reportReplay, resumeReplay, runReplay } from './run-replay.ts';
