import type { KafkaConsumer } from '@epee/kafka';

/** What the worker needs of a running group member. */
export type LaneConsumer = Pick<KafkaConsumer, 'stop' | 'done' | 'heartbeatAgeMs' | 'joined'>;

/**
 * Several group members as one: it has joined when all have, is as silent as the most silent, and ends by itself when one does.
 */
export function together(consumers: readonly LaneConsumer[]): LaneConsumer {
  const done = Promise.all(consumers.map((consumer) => consumer.done)).then(() => undefined);
  done.catch(() => undefined);
  return {
    done,
    stop: async () => void (await Promise.all(consumers.map((consumer) => consumer.stop()))),
    heartbeatAgeMs: () => Math.max(...consumers.map((consumer) => consumer.heartbeatAgeMs())),
    joined: () => consumers.every((consumer) => consumer.joined()),
  };
}

/** Starts members one after the other; when one cannot start, those before it are stopped. @throws what `start` throws */
export async function startAll<T>(inputs: readonly T[], start: (input: T) => Promise<LaneConsumer>): Promise<LaneConsumer> {
  const started: LaneConsumer[] = [];
  for (const input of inputs) {
    try {
      started.push(await start(input));
    } catch (error) {
      await Promise.all(started.map((consumer) => consumer.stop()));
      throw error;
    }
  }
  return together(started);
}
