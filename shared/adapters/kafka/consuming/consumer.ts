import { EpeeError } from '@epee/errors';
import { type Backoff, backoffMs, INFRASTRUCTURE_BACKOFF } from '@epee/stream';
import { Abandoned, processSurroundings, retry } from '@epee/work';
import { clusterError, isPassing, reaching, reasonOf, unreachable } from '../client/errors.ts';
import type { ConsumeOptions, KafkaConsumer, KafkaOptions } from '../types.ts';
import { type Membership, readingOf, startMembership } from './membership.ts';
import { followPositions } from './positions.ts';
import { createPulse } from './pulse.ts';

const GIVE_UP_AFTER_MS = 300_000;
/** A broker that has just started may not know a topic that the cluster has; a new topic takes as long to get around. */
const TOPIC_WAIT_MS = 5000;
const TOPIC_BACKOFF: Backoff = { initialMs: 350, maxMs: 350, factor: 1 };

const isTopicMissing = (error: unknown): error is EpeeError => error instanceof EpeeError && error.code === 'KAFKA_TOPIC_MISSING';

/** Whether a membership that could not start may start later. The topic was there before. */
const mayStartLater = (error: unknown): error is Error => isTopicMissing(error) || (!(error instanceof EpeeError) && isPassing(error));

/**
 * Keeps a group member running. A membership that the library gives up on (brokers gone for long, heartbeats that stopped because the clock stepped) is replaced
 * by a new one, until nothing was fetched for `giveUpAfterMs`; an error of a handler ends the consumer.
 * @throws EpeeError KAFKA_UNREACHABLE, KAFKA_TOPIC_MISSING when the first membership cannot connect or subscribe
 */
export async function startConsumer(options: KafkaOptions, consume: ConsumeOptions): Promise<KafkaConsumer> {
  const surroundings = processSurroundings;
  const pulse = createPulse(surroundings.monotonicMs);
  const giveUpAfterMs = consume.giveUpAfterMs ?? GIVE_UP_AFTER_MS;
  const positions = followPositions(consume);
  const start = () => startMembership(options, positions.options, pulse);
  const stopping = new AbortController();
  const { signal: abandon } = stopping;
  let membership: Membership = await retry(start, {
    surroundings,
    isPassing: isTopicMissing,
    giveUpAfterMs: TOPIC_WAIT_MS,
    backoff: TOPIC_BACKOFF,
  }).catch((error) => {
    throw error instanceof EpeeError ? error : clusterError(options, error, readingOf(consume));
  });

  async function restart(cause: unknown): Promise<Membership> {
    const startInTime = async () => {
      if (pulse.stallMs() > giveUpAfterMs) throw unreachable(options.brokers, cause);
      return start();
    };
    // A membership that is lost as soon as it starts must not be replaced without a pause.
    await surroundings.sleep(backoffMs(1, INFRASTRUCTURE_BACKOFF, surroundings.random), abandon);
    return reaching(options, () => retry(startInTime, { surroundings, isPassing: mayStartLater, abandon }), readingOf(consume));
  }

  async function supervise(): Promise<void> {
    for (;;) {
      const end = await membership.ended;
      if (abandon.aborted || end.kind === 'stopped') return;
      if (end.kind === 'failed') throw end.error;
      options.log?.({ level: 'warn', message: 'Joining the group anew', fields: { groupId: consume.group, reason: reasonOf(end.error) } });
      membership = await restart(end.error);
      if (abandon.aborted) await membership.stop();
    }
  }

  const done = supervise()
    .catch((error) => {
      if (!(abandon.aborted && error instanceof Abandoned)) throw error;
    })
    .finally(() => membership.stop());
  // Whoever waits for `done` sees the rejection; nobody may wait yet.
  done.catch(() => undefined);

  return {
    done,
    heartbeatAgeMs: () => pulse.ageMs(),
    joined: () => !abandon.aborted && membership.joined(),
    positions: positions.list,
    seek: (partition, offset) => membership.seek(partition, offset),
    async stop() {
      stopping.abort();
      await membership.stop();
      await done.catch(() => undefined);
    },
  };
}
