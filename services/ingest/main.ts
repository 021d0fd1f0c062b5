import { ingestConfig } from '@epee/config';
import { runService } from '@epee/telemetry';
import { openIngest } from './open.ts';

await runService({
  name: 'ingest',
  configure: () => ingestConfig(process.env),
  start: openIngest,
});
