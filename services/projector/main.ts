import { projectorConfig } from '@epee/config';
import { runService } from '@epee/telemetry';
import { openProjector } from './open-projector.ts';

await runService({
  name: 'projector',
  configure: () => projectorConfig(process.env),
  start: openProjector,
});
