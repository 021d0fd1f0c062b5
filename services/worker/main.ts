import { workerConfig } from '@epee/config';
import { runService } from '@epee/telemetry';
import { openWorker } from './open-worker.ts';

await runService({
  name: 'worker',
  configure: () => workerConfig(process.env),
  start: openWorker,
});
