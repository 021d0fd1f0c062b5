export { openJobs } from './open-jobs.ts';
export { startJobs } from './start-jobs.ts';
export type { JobsDeps, JobsOptions, RunningJobs } from './types.ts';
