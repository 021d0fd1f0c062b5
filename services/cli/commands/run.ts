import { Argument, Command } from 'commander';
import type { CliContext, Runner } from '../context.ts';

const EXAMPLES = `
This is the same program as services/NAME/main.js and the service's container.
It reads its options from EPEE_... in the environment, writes JSON logs to
standard error, and serves health and metrics on its port. SIGTERM or Ctrl-C
stops it after the work in flight.

Examples:
  epee up && epee run worker
  EPEE_JOBS_FOLDERS=/data epee run jobs
  EPEE_INGEST_PORT=9000 epee run ingest
  EPEE_POLICY=careful EPEE_ENGINE_THREADS=4 epee run worker`;

const MAINS = {
  ingest: () => import('@epee/ingest/main'),
  worker: () => import('@epee/worker/main'),
  projector: () => import('@epee/projector/main'),
  jobs: () => import('@epee/jobs/main'),
} as const;

/** `epee run`: one service in the foreground. */
export function runCommand(run: Runner): Command {
  return new Command('run')
    .description('run one service in the foreground')
    .addArgument(new Argument('<service>', 'the service').choices(Object.keys(MAINS)))
    .addHelpText('after', EXAMPLES)
    .action(run(runService));
}

async function runService({ env }: CliContext, service: keyof typeof MAINS): Promise<number> {
  const { withLocalStack } = await import('@epee/stack');
  const needsRedis = service === 'projector' || service === 'jobs';
  Object.assign(process.env, withLocalStack(env, ['EPEE_KAFKA_BROKERS', ...(needsRedis ? (['EPEE_REDIS_URL'] as const) : [])]));
  await MAINS[service]();
  // The service ends the process by itself, with its own exit code.
  return new Promise<never>(() => undefined);
}
