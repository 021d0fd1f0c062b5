import type { Environment } from '@epee/config';

/** What a user may set for the demo: the models, how they run, and how much is logged. Everything else is the demo's own. */
const KEPT = /^EPEE_(MODEL_DIR|IMAGE_MODEL_DIR|POLICY|ENGINE_\w+|BATCH_\w+|LINGER_MS|LOG_LEVEL)$/;

/**
 * The environment of the demo's services: on the demo's own stack, on free ports, quick to stop.
 *
 * @param stack `EPEE_KAFKA_BROKERS` and `EPEE_REDIS_URL`
 */
export function demoEnvironment(env: Environment, stack: Environment): Environment {
  return {
    ...Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('EPEE_') || KEPT.test(name))),
    ...stack,
    EPEE_INGEST_PORT: '0',
    EPEE_WORKER_PORT: '0',
    EPEE_PROJECTOR_PORT: '0',
    EPEE_STOP_TIMEOUT_MS: '3000',
  };
}
