import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { get } from 'node:http';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Environment, ingestConfig, projectorConfig, workerConfig } from '@epee/config';
import { openIngest } from '@epee/ingest';
import { createKafka, topicSpecs } from '@epee/kafka';
import { openProjector } from '@epee/projector';
import { createLogger, type Logger } from '@epee/telemetry';
import { openWorker } from '@epee/worker';

/** Ingest, worker and projector, running in this process. */
export interface DemoServices {
  /** Where notes and images are posted to: `<apiUrl>notes`, `<apiUrl>images`. */
  readonly apiUrl: string;
  /** Rejects when a service ends by itself; never resolves. */
  readonly failure: Promise<never>;
  /** Stops all three. */
  stop(): Promise<void>;
}

const READY_LIMIT_MS = 60_000;

interface Running {
  readonly done: Promise<void>;
  stop(): Promise<void>;
}

/**
 * Makes the topics and starts the three services.
 *
 * @param env their options
 * @param logFile takes their JSON logs, anew with every start
 * @param signal ends the waiting for them to be ready
 * @throws EpeeError whatever keeps one from starting; the others are stopped then
 */
export async function startServices(env: Environment, logFile: string, signal: AbortSignal): Promise<DemoServices> {
  const log = openLog(logFile);
  const started: Running[] = [];
  const stop = async () => {
    await Promise.all(started.map((service) => service.stop()));
    log.close();
  };
  try {
    const ingest = ingestConfig(env);
    await makeTopics(ingest);
    const keep = <S extends Running>(service: S): S => {
      started.push(service);
      return service;
    };
    const starts = [
      openIngest(ingest, log.of('ingest')).then(keep),
      openWorker(workerConfig(env), log.of('worker')).then(keep),
      openProjector(projectorConfig(env), log.of('projector')).then(keep),
    ] as const;
    // All of them settle first, so that one that starts late is stopped as well.
    await Promise.allSettled(starts);
    const [{ address }, worker, projector] = await Promise.all(starts);
    await Promise.all([address.port, worker.port, projector.port].map((port) => untilReady(port, signal)));
    return { apiUrl: `http://${address.host}:${address.port}/v1/`, failure: firstFailure(started), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Notes sent before everyone has joined its group would wait for that, which is not what the table is to show. */
async function untilReady(port: number, signal: AbortSignal): Promise<void> {
  const deadlineMs = performance.now() + READY_LIMIT_MS;
  while (!signal.aborted && performance.now() < deadlineMs && (await statusOf(port)) !== 200) await sleep(100);
}

function statusOf(port: number): Promise<number> {
  return new Promise((resolve) => {
    const answered = get({ host: '127.0.0.1', port, path: '/ready', agent: false, timeout: 2000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    answered.on('timeout', () => answered.destroy());
    answered.on('error', () => resolve(0));
  });
}

async function makeTopics({ kafka, topics, noteMaxBytes }: ReturnType<typeof ingestConfig>): Promise<void> {
  const admin = await createKafka(kafka).admin();
  await admin.ensureTopics(topicSpecs(topics, noteMaxBytes)).finally(() => admin.close());
}

function firstFailure(services: readonly Running[]): Promise<never> {
  const failure = new Promise<never>((_, reject) => {
    for (const { done } of services) done.catch(reject);
  });
  failure.catch(() => undefined);
  return failure;
}

function openLog(file: string): { of(service: string): Logger; close(): void } {
  mkdirSync(dirname(file), { recursive: true });
  const fd = openSync(file, 'w');
  let open = true;
  const destination = {
    write: (line: string) => {
      if (open) writeSync(fd, line);
    },
  };
  return {
    of: (service) => createLogger({ service, level: 'info', destination }),
    close: () => {
      if (open) closeSync(fd);
      open = false;
    },
  };
}
