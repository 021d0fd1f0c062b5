import { EpeeError } from '@epee/errors';
import { backoffMs, INFRASTRUCTURE_BACKOFF } from '@epee/stream';
import { isPassing, reasonOf, unreachable } from '../client/errors.ts';
import { monotonicMs, sleep } from '../client/timing.ts';
import type { ConsumeOptions, KafkaConsumer, KafkaOptions } from '../types.ts';
import { type Membership, startMembership } from './membership.ts';
import { createPulse } from './pulse.ts';

const GIVE_UP_AFTER_MS = 300_000;
/** A broker that has just started may not know a topic that the cluster has; a new topic takes as long to get around. */
const TOPIC_WAIT_MS = 5000;
const TOPIC_RETRY_MS = 250;

const isTopicMissing = (error: unknown) => error instanceof EpeeError && error.code === 'KAFKA_TOPIC_MISSING';

/** Starts the first membership, again for some seconds where the broker says that there is no such topic. */
async function startKnowing(start: () => Promise<Membership>): Promise<Membership> {
  const endMs = monotonicMs() + TOPIC_WAIT_MS;
  for (;;) {
    try {
      return await start();
    } catch (error) {
      if (!isTopicMissing(error) || monotonicMs() > endMs) throw error;
      await sleep(TOPIC_RETRY_MS);
    }
  }
}

/**
 * Keeps a group member running. A membership that the library gives up on (brokers gone for long, heartbeats that stopped because the clock stepped) is replaced
 * by a new one, until nothing was fetched for `giveUpAfterMs`; an error of a handler ends the consumer.
 * @throws EpeeError KAFKA_UNREACHABLE, KAFKA_TOPIC_MISSING when the first membership cannot connect or subscribe
 */
export async function startConsumer(options: KafkaOptions, consume: ConsumeOptions): Promise<KafkaConsumer> {
  const pulse = createPulse(monotonicMs);
  const giveUpAfterMs = consume.giveUpAfterMs ?? GIVE_UP_AFTER_MS;
  const start = () => startMembership(options, consume, pulse);
  let stopping = false;
  let wake = () => {};
  let membership: Membership = await startKnowing(start).catch((error) => {
    throw error instanceof EpeeError ? error : unreachable(options.brokers, error);
  });

  const pause = (ms: number) => Promise.race([sleep(ms), new Promise<void>((resolve) => (wake = resolve))]);

  async function restart(cause: unknown): Promise<Membership | null> {
    for (let attempt = 1; !stopping; attempt++) {
      if (pulse.stallMs() > giveUpAfterMs) throw unreachable(options.brokers, cause);
      await pause(backoffMs(attempt, INFRASTRUCTURE_BACKOFF, Math.random));
      if (stopping) return null;
      try {
        return await start();
      } catch (error) {
        // The topic was there before.
        if (isTopicMissing(error)) continue;
        if (error instanceof EpeeError || !isPassing(error)) throw error;
      }
    }
    return null;
  }

  async function supervise(): Promise<void> {
    for (;;) {
      const end = await membership.ended;
      if (stopping || end.kind === 'stopped') return;
      if (end.kind === 'failed') throw end.error;
      options.log?.({ level: 'warn', message: 'Joining the group anew', fields: { groupId: consume.group, reason: reasonOf(end.error) } });
      const next = await restart(end.error);
      if (next === null) return;
      membership = next;
      if (stopping) await membership.stop();
    }
  }

  const done = supervise().finally(() => membership.stop());
  // Whoever waits for `done` sees the rejection; nobody may wait yet.
  done.catch(() => undefined);

  return {
    done,
    heartbeatAgeMs: () => pulse.ageMs(),
    joined: () => !stopping && membership.joined(),
    seek: (partition, offset) => membership.seek(partition, offset),
    async stop() {
      stopping = true;
      wake();
      await membership.stop();
      await done.catch(() => undefined);
    },
  };
}
