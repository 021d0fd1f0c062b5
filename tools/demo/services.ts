import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Environment, ingestConfig } from '@epee/config';
import { createKafka, topicSpecs } from '@epee/kafka';
import { type ServiceProcess, startService } from '@epee/stack';

/** Ingest, worker and projector, each in a process of its own. */
export interface DemoServices {
  /** Where notes and images are posted to: `<apiUrl>notes`, `<apiUrl>images`. */
  readonly apiUrl: string;
  /** Rejects when a service ends by itself; never resolves. */
  readonly failure: Promise<never>;
  /** Stops all three. */
  stop(): Promise<void>;
}

/**
 * Makes the topics, starts the three services and waits until they are ready.
 *
 * @param env their options
 * @param logFolder takes their JSON logs, anew with every start
 * @throws EpeeError whatever keeps one from starting; the others are stopped then
 */
export async function startServices(env: Environment, logFolder: string): Promise<DemoServices> {
  await makeTopics(ingestConfig(env));
  rmSync(logFolder, { recursive: true, force: true });
  mkdirSync(logFolder, { recursive: true });
  const starts = (['ingest', 'worker', 'projector'] as const).map((name) => startService(name, env, join(logFolder, `${name}.log`)));
  // All of them settle first, so that one that starts late is stopped as well.
  const started = (await Promise.allSettled(starts)).flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const stop = async () => void (await Promise.all(started.map((service) => service.stop())));
  try {
    const [ingest] = (await Promise.all(starts)) as [ServiceProcess, ...ServiceProcess[]];
    const failure = Promise.race(started.map((service) => service.failure));
    failure.catch(() => undefined);
    return { apiUrl: `http://127.0.0.1:${ingest.port}/v1/`, failure, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function makeTopics({ kafka, topics, noteMaxBytes }: ReturnType<typeof ingestConfig>): Promise<void> {
  const admin = await createKafka(kafka).admin();
  await admin.ensureTopics(topicSpecs(topics, noteMaxBytes)).finally(() => admin.close());
}
