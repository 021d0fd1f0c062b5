import { EpeeError } from '@epee/errors';
import type { BatchControl, FetchedBatch } from '@epee/kafka';
import type { ExtractionResult } from '@epee/records';
import type { ProjectionBatch, ProjectionOutcome } from '@epee/redis';
import type { FetchedRecord } from '@epee/stream';
import { createLogger, createMetrics } from '@epee/telemetry';
import type { FailedRecord } from '../../../../services/projector/projecting/dead-letters.ts';
import { createPartitionProjector } from '../../../../services/projector/projecting/partition-projector.ts';
import { createProjectorMetrics } from '../../../../services/projector/projector-metrics.ts';

/** The partition of these tests. */
export const PARTITION = { topic: 'results', partition: 3 } as const;

/** A record whose value is `<documentId>` or, where it is to fail, `bad`. */
export function record(offset: bigint, value = `doc-${offset}`): FetchedRecord {
  return { offset, key: Buffer.from('key'), value: Buffer.from(value), headers: {}, timestampMs: 0 };
}

/** A batch of records with consecutive offsets. */
export function batchOf(from: bigint, records: readonly FetchedRecord[], over: Partial<FetchedBatch> = {}): FetchedBatch {
  const lastOffset = records.at(-1)!.offset;
  const log = { id: null, start: 0n, endOfEpoch: async () => null };
  return { ...PARTITION, epoch: 1, fetchedFrom: from, records, lastOffset, highWatermark: lastOffset + 1n, lastEpoch: null, log, ...over };
}

/** The log of a topic. */
export const logOf = (id: string, start = 0n) => ({ id, start, endOfEpoch: async () => null });

/** Records with the offsets `from` to `to`, the last included. */
export function records(from: number, to: number): FetchedRecord[] {
  return Array.from({ length: to - from + 1 }, (_, at) => record(BigInt(from + at)));
}

/** A control that notes what is done with it. */
export function recordingControl(over: Partial<BatchControl> = {}) {
  const done: string[] = [];
  const control: BatchControl = {
    heartbeat: async () => undefined,
    resolve: (next) => void done.push(`resolve ${next}`),
    seek: (offset) => void done.push(`seek ${offset}`),
    commit: async (next) => void done.push(`commit ${next}`),
    pause: () => void done.push('pause'),
    active: () => true,
    ...over,
  };
  return { control, done };
}

/** A Redis in memory that keeps one partition's offset. */
export function memoryStore(initial: bigint | null = null) {
  return {
    stored: initial,
    projected: [] as bigint[],
    errors: [] as Error[],
    resets: 0,
    life: null as { id: string; number: bigint } | null,
    fail() {
      const error = this.errors.shift();
      if (error !== undefined) throw error;
    },
    async storedOffsets(partitions: readonly unknown[]) {
      this.fail();
      return partitions.map(() => this.stored);
    },
    async enterLife(_: unknown, id: string, isOther = false) {
      const isNew = isOther || (this.life !== null && this.life.id !== id);
      if (isNew) this.stored = null;
      if (isNew || this.life === null) this.life = { id, number: (this.life?.number ?? 0n) + 1n };
      return { number: this.life.number, isNew };
    },
    async resetOffset(_: unknown, offset: bigint | null) {
      this.resets++;
      this.stored = offset;
    },
    async project({ entries, acknowledged, life = null, through }: ProjectionBatch): Promise<ProjectionOutcome> {
      this.fail();
      if (life !== null && life !== this.life?.number) return { kind: 'lost', stored: null };
      if (acknowledged !== null && (this.stored === null || this.stored < acknowledged)) return { kind: 'lost', stored: this.stored };
      this.projected.push(...entries.map(({ offset }) => offset));
      this.stored = this.stored === null || through > this.stored ? through : this.stored;
      return { kind: 'moved', stored: this.stored, entries: entries.map(() => 'written') };
    },
  };
}

/** A projector of {@link PARTITION} on a store, with what it did. */
export function projectorOn(store: ReturnType<typeof memoryStore>, { low = 0n }: { readonly low?: bigint } = {}) {
  const buried: bigint[] = [];
  const metrics = createMetrics();
  const projector = createPartitionProjector(PARTITION, {
    store,
    codec: { decodeResult: async (value) => decode(value?.toString() ?? 'bad') },
    sendDeadLetters: async (failed: readonly FailedRecord[]) => void buried.push(...failed.map((letter) => letter.record.offset)),
    lowOffset: async () => low,
    metrics: createProjectorMetrics(metrics),
    log: createLogger({ service: 'test', level: 'silent' }),
    surroundings: { nowMs: () => 0, monotonicMs: () => 0, random: () => 0, sleep: async () => undefined },
  });
  return { projector, buried, metrics };
}

function decode(documentId: string): ExtractionResult {
  if (documentId === 'bad') throw new EpeeError('AVRO_INVALID', 'bad', { stage: 'decode' });
  return { documentId, version: 1n, patientRef: null, processedAtMs: 5 } as unknown as ExtractionResult;
}
