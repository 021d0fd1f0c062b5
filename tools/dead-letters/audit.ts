import { hostname } from 'node:os';
import { EpeeError } from '@epee/errors';
import type { KafkaProducer } from '@epee/kafka';

/** Who was shown what. */
export interface AuditEntry {
  readonly operator: string;
  /** `TOPIC/PARTITION/OFFSET` of the dead letter. */
  readonly letter: string;
  /** When, milliseconds since 1970 UTC. */
  readonly timeMs: number;
}

/**
 * Writes down that a payload is about to be shown; resolves when all replicas have it.
 * @throws EpeeError AUDIT_FAILED: then it must not be shown
 */
export async function auditPayload(
  connect: () => Promise<KafkaProducer>,
  topic: string,
  { operator, letter, timeMs }: AuditEntry,
): Promise<void> {
  const entry = {
    formatVersion: 1,
    action: 'dead-letter-payload-shown',
    time: new Date(timeMs).toISOString(),
    operator,
    host: hostname(),
    letter,
  };
  try {
    const producer = await connect();
    try {
      await producer.send(topic, [{ key: letter, value: Buffer.from(JSON.stringify(entry)) }]);
    } finally {
      await producer.close();
    }
  } catch (cause) {
    throw new EpeeError('AUDIT_FAILED', `The audit log ${topic} could not be written; the payload is not shown`, {
      stage: 'cli',
      hint: 'Check the brokers and the right to write to EPEE_AUDIT_TOPIC. Without the payload, nothing is written down.',
      cause,
    });
  }
}
