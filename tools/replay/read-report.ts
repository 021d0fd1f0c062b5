import { type Codec, createCodec, openRegistry } from '@epee/avro';
import type { CliConfig } from '@epee/config';
import { type PartitionRange, readRanges, topicMissing } from '@epee/kafka';
import type { FetchedRecord } from '@epee/stream';
import { readHead } from './headers.ts';
import type { ReplayPlan } from './plan.ts';
import { endsOf, type RunKafka } from './prepare-run.ts';
import { itemsOf } from './report/items.ts';
import type { Labels } from './report/labels.ts';
import { createPairing, type ReadAnswer } from './report/pairing.ts';
import type { ReplayReport, RunFacts } from './report/report.ts';
import { createReplayTally } from './report/tally.ts';
import { rowUseFromText } from './row-use.ts';
import { withReadingGroup } from './runs-store.ts';

/** What reading a report needs. */
export interface ReportReading {
  readonly plan: ReplayPlan;
  readonly labels: Labels | null;
  readonly config: Pick<CliConfig, 'schemaRegistry' | 'topics'>;
  readonly signal: AbortSignal;
  /** Told how many more records were read, of how many offsets. */
  readonly onProgress: (records: number, total: number) => void;
}

/** Reads what a run wrote and adds it up; memory does not grow with the topic. Answers of other runs are passed over. */
export async function readReport({ kafka, admin }: RunKafka, reading: ReportReading): Promise<ReplayReport> {
  const { plan, labels, config, signal, onProgress } = reading;
  const codec = await createCodec(await openRegistry(config.schemaRegistry), { topics: config.topics });
  const ranges = await rangesToRead({ kafka, admin }, plan);
  const total = ranges.reduce((sum, { from, to }) => sum + Number(to - from), 0);
  const pairing = createPairing(plan.variants.map(({ id }) => id));
  const tally = createReplayTally({ variants: plan.variants, labels });
  await withReadingGroup(admin, (group) =>
    readRanges(kafka, {
      group,
      topic: plan.replays.topic,
      ranges,
      signal,
      onBatch: async ({ records }) => {
        for (const record of records) {
          const answer = await readAnswer(record, plan.id, codec);
          const document = answer === null ? null : pairing.take(answer);
          if (document !== null) tally.add(document);
        }
        onProgress(records.length, total);
      },
    }),
  );
  signal.throwIfAborted();
  return tally.report(factsOf(plan), pairing.waiting());
}

async function rangesToRead({ admin }: RunKafka, { replays }: ReplayPlan): Promise<PartitionRange[]> {
  if ((await admin.partitions(replays.topic)) === null) throw topicMissing(replays.topic);
  const beginnings = new Map(replays.from.map(({ partition, offset }) => [partition, BigInt(offset)]));
  const ends = new Map((replays.to ?? (await endsOf(admin, replays.topic))).map(({ partition, offset }) => [partition, BigInt(offset)]));
  return (await admin.offsets(replays.topic)).map(({ partition, low, high }) => {
    const from = beginnings.get(partition) ?? 0n;
    const to = ends.get(partition) ?? high;
    return { partition, from: from > low ? from : low, to: to < high ? to : high };
  });
}

async function readAnswer(record: FetchedRecord, run: string, codec: Pick<Codec, 'decodeResult'>): Promise<ReadAnswer | null> {
  const head = readHead(record);
  if (head === null || head.run !== run) return null;
  const { variant, origin, code } = head;
  const documentId = record.key?.toString('utf8') ?? null;
  if (code !== null) return { documentId, variant, origin, answer: { kind: 'failure', code } };
  const result = await codec.decodeResult(record.value);
  const rows = (head.rows === null ? null : rowUseFromText(head.rows)) ?? {};
  return { documentId, variant, origin, answer: { kind: 'result', items: itemsOf(result), compute: result.compute, rows } };
}

const factsOf = ({ id, topic, createdAt, finishedAt, ranges, precision }: ReplayPlan): RunFacts => ({
  id,
  topic,
  createdAt,
  finished: finishedAt !== null,
  ranges,
  precision,
});
