import { accessOf } from '@epee/redis';
import type { ConnectionOptions } from 'bullmq';
import type { QueueOptions } from './types.ts';

/** Prefix of the queue's keys. The braces keep them in one hash slot. */
export const QUEUE_PREFIX = '{epee-queue}';
const NAME = 'epee-batch';
const CONNECT_TIMEOUT_MS = 5000;

/** Name of the queue. */
export const queueName = ({ name = NAME }: QueueOptions): string => name;

/** @param patient whether commands wait for a Redis that is away, as a worker's must */
export function connectionOf(options: QueueOptions, patient: boolean): ConnectionOptions {
  return { ...accessOf(options), connectTimeout: CONNECT_TIMEOUT_MS, maxRetriesPerRequest: patient ? null : 1 };
}
