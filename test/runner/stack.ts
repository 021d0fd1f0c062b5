import { startStack } from '../../deploy/local/index.ts';

/** A Kafka and a Redis for the integration tests. */
export interface TestStack {
  /** Environment variables that give the tests their addresses. */
  readonly env: Readonly<Record<'EPEE_TEST_KAFKA_BROKERS' | 'EPEE_TEST_REDIS_URL', string>>;
  stop(): Promise<void>;
}

/**
 * The servers that the environment names; else starts a stack on free ports, with its data in a
 * temporary folder.
 *
 * @throws EpeeError STACK_REQUIREMENT_MISSING, STACK_START_FAILED, INTERRUPTED
 */
export async function stackForTests(signal: AbortSignal): Promise<TestStack> {
  const { EPEE_TEST_KAFKA_BROKERS, EPEE_TEST_REDIS_URL } = process.env;
  if (EPEE_TEST_KAFKA_BROKERS !== undefined && EPEE_TEST_REDIS_URL !== undefined) {
    return { env: { EPEE_TEST_KAFKA_BROKERS, EPEE_TEST_REDIS_URL }, stop: async () => {} };
  }
  console.log('Starting Kafka and Redis for the integration tests ...');
  const startMs = performance.now();
  const stack = await startStack({ signal, onProgress: (line) => console.log(line) });
  console.log(`Kafka and Redis are ready after ${((performance.now() - startMs) / 1000).toFixed(1)} s.`);
  return {
    env: { EPEE_TEST_KAFKA_BROKERS: stack.env.EPEE_KAFKA_BROKERS, EPEE_TEST_REDIS_URL: stack.env.EPEE_REDIS_URL },
    stop: () => stack.stop(),
  };
}
