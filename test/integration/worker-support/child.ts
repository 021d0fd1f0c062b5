import { setTimeout as sleep } from 'node:timers/promises';
import { createCodec, fileRegistry } from '@epee/avro';
import { createKafka, type Kafka } from '@epee/kafka';
import { createLogger, createMetrics } from '@epee/telemetry';
import { startWorker, type WorkerOptions } from '@epee/worker';
import { fakeExtractor } from './fake-extractor.ts';
import { testKafkaOptions } from './scene.ts';

/** Where the child kills itself with SIGKILL, at its `killAtCall`-th pass; never where `killAt` is null. */
export type KillPoint = 'extract' | 'before-commit' | 'during-commit' | 'after-commit';

/** What the child is told, as JSON in EPEE_TEST_CHILD. */
export interface ChildPlan {
  readonly options: WorkerOptions;
  readonly delayMs: number;
  readonly killAt: KillPoint | null;
  readonly killAtCall: number;
  /** Freezes for so long before its second commit, heartbeats included, and tells its parent `frozen`; then how that commit ended: `committed` or an error's code. */
  readonly freezeMs?: number;
}

const plan = JSON.parse(process.env.EPEE_TEST_CHILD ?? '') as ChildPlan;
let passes = 0;

function passing(point: KillPoint): void {
  if (plan.killAt === point && ++passes >= plan.killAtCall) process.kill(process.pid, 'SIGKILL');
}

let commits = 0;
function freezeAtSecondCommit(): boolean {
  if (plan.freezeMs === undefined || ++commits !== 2) return false;
  process.send?.('frozen');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, plan.freezeMs);
  return true;
}

function tellOutcome(committing: Promise<void>): void {
  committing.then(
    () => process.send?.('committed'),
    (error) => process.send?.((error as { code?: string }).code ?? 'error'),
  );
}

function killable(kafka: Kafka): Kafka {
  return {
    ...kafka,
    transactions(options) {
      const real = kafka.transactions(options);
      return {
        ...real,
        async commit(sends, next, metadata) {
          passing('before-commit');
          const thawed = freezeAtSecondCommit();
          const committing = real.commit(sends, next, metadata);
          if (thawed) tellOutcome(committing);
          if (plan.killAt === 'during-commit') {
            // Records are on their way, the commit is not.
            await sleep(3);
            passing('during-commit');
          }
          await committing;
          passing('after-commit');
        },
      };
    },
  };
}

const kafka = createKafka(testKafkaOptions());
const extractor = fakeExtractor({
  delayMs: plan.delayMs,
  onCall: () => {
    passing('extract');
  },
});
const worker = await startWorker(plan.options, {
  kafka: killable(kafka),
  codec: await createCodec(await fileRegistry()),
  extractor,
  log: createLogger({ service: 'worker', level: 'warn' }),
  metrics: createMetrics(),
});
process.on('SIGTERM', () => void worker.stop());
await worker.done;
process.exit(0);
