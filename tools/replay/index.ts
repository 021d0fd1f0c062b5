export { listReplays, type ReportRequest, type RunRequest, reportReplay, resumeReplay, runReplay } from './run-replay.ts';
