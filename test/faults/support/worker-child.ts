import { setTimeout as sleep } from 'node:timers/promises';
import { createCodec, openRegistry } from '@epee/avro';
import { EpeeError } from '@epee/errors';
import { createKafka, type Kafka } from '@epee/kafka';
import { createLogger, createMetrics } from '@epee/telemetry';
import { startWorker } from '@epee/worker';
import { fakeExtractor } from '../../integration/worker-support/fake-extractor.ts';
import { DEADLY_TEXT, type FaultPoint, type WorkerPlan } from './worker-plan.ts';

const plan = JSON.parse(process.env.EPEE_TEST_WORKER ?? '') as WorkerPlan;
let passes = 0;

function passing(point: FaultPoint): void {
  if (plan.fault?.at !== point || ++passes !== plan.fault.pass) return;
  process.kill(process.pid, plan.fault.signal);
}

/** Milliseconds into a commit at which records are on their way, or nearly all is done. */
const IN_COMMIT_MS = { 'early-in-commit': 2, 'late-in-commit': 12 } as const;

function faulty(kafka: Kafka): Kafka {
  return {
    ...kafka,
    transactions(options) {
      const real = kafka.transactions(options);
      return {
        ...real,
        async open() {
          passing('opening');
          const offset = await real.open();
          passing('opened');
          return offset;
        },
        async commit(sends, next, metadata) {
          const marking = sends.length === 0;
          passing(marking ? 'marking' : 'before-commit');
          const committing = real.commit(sends, next, metadata);
          committing.then(
            () => process.send?.('committed'),
            (error) => process.send?.((error as { code?: string }).code ?? 'error'),
          );
          const point = plan.fault?.at;
          if (!marking && (point === 'early-in-commit' || point === 'late-in-commit')) {
            await sleep(IN_COMMIT_MS[point]);
            passing(point);
          }
          await committing;
          passing(marking ? 'marked' : 'after-commit');
        },
      };
    },
  };
}

function stepClock(): void {
  const real = Date.now;
  let shiftMs = 0;
  Date.now = () => real() + shiftMs;
  for (const { afterMs, byMs } of plan.clockSteps ?? []) {
    setTimeout(() => {
      shiftMs += byMs;
      process.send?.('clock stepped');
    }, afterMs);
  }
}

const log = createLogger({ service: 'worker', level: 'info' });
if (plan.clockSteps !== undefined) stepClock();
const worker = await startWorker(plan.options, {
  kafka: faulty(createKafka({ brokers: plan.brokers, clientId: 'epee-faults', tls: null, sasl: null })),
  codec: await createCodec(await openRegistry(plan.registry ?? null)),
  extractor: fakeExtractor({
    delayMs: plan.delayMs,
    onCall: (notes) => {
      passing('extract');
      if (notes.some(({ text }) => text.includes(DEADLY_TEXT))) process.kill(process.pid, 'SIGKILL');
    },
  }),
  log,
  metrics: createMetrics(),
});
process.on('SIGTERM', () => void worker.stop());
await worker.done.catch((error) => {
  log.fatal('Ended', {}, error);
  process.exit(error instanceof EpeeError ? 1 : 2);
});
process.exit(0);
