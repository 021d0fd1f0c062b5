import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CliConfig, cliConfig, type Environment, workerConfig } from '@epee/config';
import { loadPackage } from '@epee/engine';
import { EpeeError } from '@epee/errors';
import type { ResultJson } from '@epee/records';
import { createProjectionStore } from '@epee/redis';
import { STATE_FOLDER, shownPath, startStack } from '@epee/stack';
import { addCompute, NO_COMPUTE, type Watch, whileShown } from '@epee/terminal';
import { type Agreement, compare, isComplete } from './agreement.ts';
import { type Arrivals, watchArrivals } from './arrivals.ts';
import { postImage, postNote } from './post-note.ts';
import type { DemoReport } from './report.ts';
import { readSampleImages, readSamples, type Sample, type SampleImage } from './samples.ts';
import { type DemoServices, startServices } from './services.ts';
import { demoEnvironment } from './settings.ts';
import { type Arrival, watchTopics } from './watch-topics.ts';

/** What is sent, and where to. */
export interface DemoStart {
  readonly notes: number;
  readonly images: number;
  /** Notes go to `<apiUrl>notes`, images to `<apiUrl>images`. */
  readonly apiUrl: string;
}

/** Who follows the demo. */
export interface DemoWatch extends Watch {
  /** Is called once, before the first document is sent. */
  onStart(start: DemoStart): void;
  /** Is called once per document. @param seconds from sending it to its result */
  onArrival(arrival: Arrival, seconds: number): void;
  /** Is called with the first sample note and its result, once all are there. */
  onLook(text: string, result: ResultJson): void;
}

const LOG_FOLDER = join(STATE_FOLDER, 'demo');
/** Longest time without a further result. */
const RESULT_LIMIT_MS = 120_000;
const REDIS_LIMIT_MS = 30_000;
const POLL_MS = 50;

/**
 * Sends the sample notes and images the whole way: HTTP, Kafka, model, Kafka, Redis. Starts all that it needs and stops it, however it ends.
 *
 * @param env options of the services; see {@link demoEnvironment} for those that count
 * @throws EpeeError whatever keeps a part from starting; INTERRUPTED
 */
export async function demonstrate(env: Environment, watch: DemoWatch): Promise<DemoReport> {
  const { startProgress, signal } = watch;
  // Before Kafka is started, so that a missing model is reported at once.
  const { engine, images } = workerConfig(demoEnvironment(env, {}));
  const { name, version } = (await loadPackage(engine.modelDir)).manifest;
  if (images.engine !== null) await loadPackage(images.engine.modelDir);
  const stack = await whileShown(startProgress, 'Starting Kafka and Redis', ({ line }) => startStack({ signal, onProgress: line }));
  try {
    throwIfInterrupted(signal);
    const settings = demoEnvironment(env, stack.env);
    const what = `Starting ingest, worker (model ${name} ${version}) and projector`;
    const services = await whileShown(startProgress, what, () => startServices(settings, LOG_FOLDER));
    try {
      throwIfInterrupted(signal);
      return await sendSamples(cliConfig(settings), services, watch);
    } finally {
      await whileShown(startProgress, 'Stopping the services', () => services.stop());
    }
  } finally {
    await whileShown(startProgress, 'Stopping Kafka and Redis', () => stack.stop());
  }
}

/** Sends the samples, waits for their results, and compares the topic with Redis. */
async function sendSamples(config: CliConfig, { apiUrl, failure }: DemoServices, watch: DemoWatch): Promise<DemoReport> {
  const { signal } = watch;
  const notes = await readSamples(config.noteMaxBytes);
  const images = config.images.engine === null ? [] : await readSampleImages();
  const samples = [...notes, ...images];
  watch.onStart({ notes: notes.length, images: images.length, apiUrl });
  const arrivals = watchArrivals(watch.onArrival);
  const topics = await watchTopics(config, arrivals.add);
  const failed = Promise.race([failure, topics.done.then(() => new Promise<never>(() => undefined))]);
  failed.catch(() => undefined);
  try {
    const startMs = performance.now();
    await Promise.race([failed, sendAll(samples, { apiUrl, arrivals, signal })]);
    await Promise.race([failed, allArrived(arrivals, samples.length, signal)]);
    lookAtFirst(notes, arrivals, watch);
    const seconds = (arrivals.lastMs() - startMs) / 1000;
    const ids = samples.map(({ documentId }) => documentId);
    const agreement = await agreeWithRedis(config, ids, { results: arrivals.results, signal });
    const ofNotes = [...arrivals.results.values()].filter(({ kind }) => kind === 'note');
    const compute = ofNotes.reduce((sum, result) => addCompute(sum, result.compute), NO_COMPUTE);
    return { agreement, compute, seconds, logFolder: shownPath(LOG_FOLDER) };
  } finally {
    await topics.stop();
  }
}

/** One after the other, as they would come in; each is on Kafka before the next. */
async function sendAll(
  samples: readonly (Sample | SampleImage)[],
  { apiUrl, arrivals, signal }: { readonly apiUrl: string; readonly arrivals: Arrivals; readonly signal: AbortSignal },
): Promise<void> {
  for (const sample of samples) {
    throwIfInterrupted(signal);
    arrivals.sending(sample.documentId);
    await ('text' in sample ? postNote(apiUrl, sample) : postImage(apiUrl, sample));
  }
}

function lookAtFirst([first]: readonly Sample[], { results }: Arrivals, { onLook }: DemoWatch): void {
  const result = first === undefined ? undefined : results.get(first.documentId);
  if (result !== undefined) onLook(first!.text, result);
}

async function allArrived(arrivals: Arrivals, documents: number, signal: AbortSignal): Promise<void> {
  while (arrivals.count() < documents && performance.now() - arrivals.lastMs() < RESULT_LIMIT_MS) {
    throwIfInterrupted(signal);
    await sleep(POLL_MS);
  }
}

/** Redis follows the topic: what differs is asked again until it agrees or the time is over. */
async function agreeWithRedis(
  config: CliConfig,
  ids: readonly string[],
  { results, signal }: { readonly results: ReadonlyMap<string, ResultJson>; readonly signal: AbortSignal },
): Promise<Agreement> {
  const store = await createProjectionStore(config.redis);
  try {
    const deadlineMs = performance.now() + REDIS_LIMIT_MS;
    for (;;) {
      throwIfInterrupted(signal);
      const stored = await Promise.all(ids.map(async (id) => [id, await store.getResult(id)] as const));
      const inRedis = new Map(stored.flatMap(([id, entry]) => (entry === null ? [] : [[id, entry.result] as const])));
      const agreement = compare(ids, results, inRedis);
      if (results.size < ids.length || isComplete(agreement) || performance.now() > deadlineMs) return agreement;
      await sleep(POLL_MS);
    }
  } finally {
    store.close();
  }
}

function throwIfInterrupted(signal: AbortSignal): void {
  if (signal.aborted)
    throw new EpeeError('INTERRUPTED', 'The demo was interrupted; everything that it started has been stopped', { stage: 'cli' });
}
