import { setTimeout as sleep } from 'node:timers/promises';
import { createCodec, fileRegistry } from '@epee/avro';
import { jobsConfig } from '@epee/config';
import { startJobs } from '@epee/jobs';
import { createKafka, type Kafka } from '@epee/kafka';
import { openChunkQueue } from '@epee/queue';
import { type BatchStore, createBatchStore } from '@epee/redis';
import { createLogger, createMetrics } from '@epee/telemetry';
import type { KillPoint } from './kill-points.ts';

const point = process.env.EPEE_TEST_KILL_AT as KillPoint;
/** The plan is made once; of the other steps the third is the last, so that chunks lie before. */
const PASSES = point === 'plan' ? 1 : 3;
let passes = 0;

function passing(at: KillPoint): void {
  if (at === point && ++passes >= PASSES) process.kill(process.pid, 'SIGKILL');
}

function killableKafka(kafka: Kafka): Kafka {
  return {
    ...kafka,
    transactions(options) {
      const real = kafka.transactions(options);
      return {
        ...real,
        async commit(sends, next) {
          const committing = real.commit(sends, next);
          if (point === 'during-commit') {
            // Records are on their way, the commit is not.
            await sleep(3);
            passing('during-commit');
          }
          await committing;
          passing('commit');
        },
      };
    },
  };
}

function killableStore(store: BatchStore): BatchStore {
  const after =
    <A extends unknown[], T>(at: KillPoint, work: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      const answer = await work(...args);
      passing(at);
      return answer;
    };
  return {
    ...store,
    claim: after('claim', store.claim),
    plan: after('plan', store.plan),
    intend: after('intend', store.intend),
    advance: after('advance', store.advance),
  };
}

const config = jobsConfig(process.env);
const jobs = await startJobs(config, {
  kafka: killableKafka(createKafka(config.kafka)),
  codec: await createCodec(await fileRegistry()),
  store: killableStore(await createBatchStore(config.redis)),
  queue: openChunkQueue(config.redis),
  queueOptions: config.redis,
  log: createLogger({ service: 'jobs', level: 'warn' }),
  metrics: createMetrics(),
});
await jobs.done;
