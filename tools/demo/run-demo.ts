import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CliConfig, cliConfig, type Environment, workerConfig } from '@epee/config';
import { loadPackage } from '@epee/engine';
import { EpeeError } from '@epee/errors';
import type { ResultJson } from '@epee/records';
import { createProjectionStore } from '@epee/redis';
import { STATE_FOLDER, shownPath, startStack } from '@epee/stack';
import type { CliContext } from '@epee/terminal';
import { addCompute, NO_COMPUTE, styleFor, whileShown } from '@epee/terminal';
import { type Agreement, compare, demandComplete, isComplete } from './agreement.ts';
import { postImage, postNote } from './post-note.ts';
import { deadLetterRow, LEGEND, resultHead, resultRow } from './result-table.ts';
import { readSampleImages, readSamples, type Sample, type SampleImage } from './samples.ts';
import { type DemoServices, startServices } from './services.ts';
import { demoEnvironment } from './settings.ts';
import { type DemoOutcome, demoSummary } from './summary.ts';
import { watchTopics } from './watch-topics.ts';

const LOG_FOLDER = join(STATE_FOLDER, 'demo');
/** Longest time without a further result. */
const RESULT_LIMIT_MS = 120_000;
const REDIS_LIMIT_MS = 30_000;
const POLL_MS = 50;

/**
 * Shows the whole way of the sample notes and images: HTTP, Kafka, model, Kafka, Redis. Starts all that it needs and stops it, however it ends.
 *
 * @returns 0: every document came through, with the same result on the topic and in Redis
 * @throws EpeeError RESULT_INCOMPLETE where one did not; whatever keeps a part from starting, INTERRUPTED
 */
export async function runDemo(context: CliContext): Promise<number> {
  const { env, stdout, stderr, signal } = context;
  // Before Kafka is started, so that a missing model is told at once.
  const { engine, images } = workerConfig(demoEnvironment(env, {}));
  const model = await loadPackage(engine.modelDir);
  if (images.engine !== null) await loadPackage(images.engine.modelDir);
  const outcome = await onOwnStack(context, async (stackEnv) => {
    const settings = demoEnvironment(env, stackEnv);
    const { name, version } = model.manifest;
    const what = `Starting ingest, worker (model ${name} ${version}) and projector`;
    const services = await whileShown(stderr, what, () => startServices(settings, LOG_FOLDER));
    try {
      throwIfInterrupted(signal);
      return await showNotes(context, cliConfig(settings), services);
    } finally {
      await whileShown(stderr, 'Stopping the services', () => services.stop());
    }
  });
  const complete = isComplete(outcome.agreement);
  const style = styleFor(stdout, env);
  stdout.write(`\n${(complete ? style.good : style.bad)(demoSummary(outcome).join('\n'))}\n`);
  demandComplete(outcome.agreement, shownPath(LOG_FOLDER));
  return 0;
}

/** Runs `work` on a Kafka and a Redis of its own, on free ports and in a temporary folder. */
async function onOwnStack<T>({ stderr, signal }: CliContext, work: (env: Environment) => Promise<T>): Promise<T> {
  const stack = await whileShown(stderr, 'Starting Kafka and Redis', ({ line }) => startStack({ signal, onProgress: line }));
  try {
    throwIfInterrupted(signal);
    return await work(stack.env);
  } finally {
    await whileShown(stderr, 'Stopping Kafka and Redis', () => stack.stop());
  }
}

/** Sends the samples, shows each result when it arrives, and compares the topic with Redis. */
async function showNotes({ env, stdout, signal }: CliContext, config: CliConfig, services: DemoServices): Promise<DemoOutcome> {
  const notes = await readSamples(config.noteMaxBytes);
  const images = config.images.engine === null ? [] : await readSampleImages();
  const ids = [...notes, ...images].map(({ documentId }) => documentId);
  const sent = [
    `${notes.length} notes of deploy/samples go to POST ${services.apiUrl}notes`,
    ...(images.length === 0 ? [] : [`${images.length} images, drawn stand-ins, to POST ${services.apiUrl}images`]),
  ];
  stdout.write(`\n${sent.join('\n')}\n\n${styleFor(stdout, env).bold(resultHead())}\n`);
  const results = new Map<string, ResultJson>();
  const dead = new Set<string>();
  const sentMs = new Map<string, number>();
  let lastMs = performance.now();
  const watch = await watchTopics(config, (arrival) => {
    const { documentId } = arrival;
    if (results.has(documentId) || dead.has(documentId)) return;
    lastMs = performance.now();
    if (arrival.kind === 'result') {
      results.set(documentId, arrival.result);
      stdout.write(`${resultRow(arrival.result, (lastMs - (sentMs.get(documentId) ?? lastMs)) / 1000)}\n`);
    } else {
      dead.add(documentId);
      stdout.write(`${deadLetterRow(documentId, arrival.code)}\n`);
    }
  });
  const failure = Promise.race([services.failure, watch.done.then(() => new Promise<never>(() => undefined))]);
  failure.catch(() => undefined);
  try {
    const startMs = performance.now();
    await Promise.race([failure, sendAll([...notes, ...images], services.apiUrl, sentMs, signal)]);
    lastMs = performance.now();
    const allIn = () => results.size + dead.size >= ids.length;
    await Promise.race([failure, until(allIn, () => performance.now() - lastMs < RESULT_LIMIT_MS, signal)]);
    const seconds = (lastMs - startMs) / 1000;
    stdout.write(`${LEGEND}\n\n`);
    const agreement = await agreeWithRedis(config, ids, results, signal);
    const ofNotes = [...results.values()].filter(({ kind }) => kind === 'note');
    const compute = ofNotes.reduce((sum, result) => addCompute(sum, result.compute), NO_COMPUTE);
    return { agreement, compute, seconds };
  } finally {
    await watch.stop();
  }
}

/** One after the other, as they would come in; each is on Kafka before the next. */
async function sendAll(
  samples: readonly (Sample | SampleImage)[],
  url: string,
  sentMs: Map<string, number>,
  signal: AbortSignal,
): Promise<void> {
  for (const sample of samples) {
    throwIfInterrupted(signal);
    sentMs.set(sample.documentId, performance.now());
    await ('text' in sample ? postNote(url, sample) : postImage(url, sample));
  }
}

/** Redis follows the topic: what differs is asked again until it agrees or the time is over. */
async function agreeWithRedis(
  config: CliConfig,
  ids: readonly string[],
  results: ReadonlyMap<string, ResultJson>,
  signal: AbortSignal,
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

async function until(reached: () => boolean, goOn: () => boolean, signal: AbortSignal): Promise<void> {
  while (!reached() && goOn()) {
    throwIfInterrupted(signal);
    await sleep(POLL_MS);
  }
}

function throwIfInterrupted(signal: AbortSignal): void {
  if (signal.aborted)
    throw new EpeeError('INTERRUPTED', 'The demo was interrupted; everything that it started has been stopped', { stage: 'cli' });
}
