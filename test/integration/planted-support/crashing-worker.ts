import { createCodec, fileRegistry } from '@epee/avro';
import { workerConfig } from '@epee/config';
import { EpeeError } from '@epee/errors';
import { createKafka } from '@epee/kafka';
import { createMetrics, runService } from '@epee/telemetry';
import { startWorker } from '@epee/worker';
import { fakeExtractor } from '../worker-support/fake-extractor.ts';

/** How the worker meets its end, or does not, with a note in hand. */
export type Crash = 'uncaught exception' | 'unhandled rejection' | 'engine error' | 'defect';

const CRASHES: Readonly<Record<Crash, (text: string) => void>> = {
  'uncaught exception': (text) => void setImmediate(() => fail(text)),
  'unhandled rejection': (text) => void Promise.reject(new TypeError(`cannot work on ${text}`)),
  'engine error': fail,
  defect: (text) => {
    throw new EpeeError('INTERNAL', 'a defect', { stage: 'engine', cause: new Error(`at work on ${text}`) });
  },
};

function fail(text: string): never {
  const error = new RangeError(`cannot read "${text}"`);
  throw Object.assign(error, { note: text, code: text });
}

const crash = CRASHES[process.env.EPEE_TEST_CRASH as Crash];
await runService({
  name: 'worker',
  configure: () => workerConfig(process.env),
  start: async (config, log) =>
    startWorker(config, {
      kafka: createKafka(config.kafka),
      codec: await createCodec(await fileRegistry()),
      extractor: fakeExtractor({ onCall: (notes) => crash(notes[0]!.text) }),
      log,
      metrics: createMetrics(),
    }),
});
