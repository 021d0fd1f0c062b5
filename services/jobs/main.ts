import { jobsConfig } from '@epee/config';
import { runService } from '@epee/telemetry';
import { openJobs } from './open-jobs.ts';

await runService({
  name: 'jobs',
  configure: () => jobsConfig(process.env),
  start: openJobs,
});
