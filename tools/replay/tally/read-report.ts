import { type Codec, createCodec, openRegistry } from '@epee/avro';
import type { CliConfig } from '@epee/config';
import { type PartitionRange, readRanges, topicMissing } from '@epee/kafka';
import type { FetchedRecord } from '@epee/stream';
import { countSteps, type Watch } from '@epee/terminal';
import { type Cluster, endsOf, withReadingGroup } from '../cluster.ts';
import type { ReplayPlan } from '../plan/plan.ts';
import type { ReplayReport, RunFacts } from '../report/report.ts';
import { readHead } from '../run/headers.ts';
import { rowUseFromText } from '../run/row-use.ts';
import { itemsOf } from './items.ts';
import type { Labels } from './labels.ts';
import { createPairing, type ReadAnswer } from './pairing.ts';
import { createReplayTally } from './tally.ts';

/** What reading a report needs. */
export interface ReportReading {
  readonly plan: ReplayPlan;
  readonly labels: Labels | null;
  readonly config: Pick<CliConfig, 'schemaRegistry' | 'topics'>;
}

/**
 * Reads what a run wrote and adds it up; memory does not grow with the topic. Answers of other runs
 * are passed over.
 * @throws EpeeError KAFKA_TOPIC_MISSING, KAFKA_UNREACHABLE; the signal's reason
 */
export async function readReport(
  { kafka, admin }: Cluster,
  { plan, labels, config }: ReportReading,
  { startProgress, signal }: Watch,
): Promise<ReplayReport> {
  const codec = await createCodec(await openRegistry(config.schemaRegistry), { topics: config.topics });
  const ranges = await rangesToRead({ kafka, admin }, plan);
  const total = ranges.reduce((sum, { from, to }) => sum + Number(to - from), 0);
  const pairing = createPairing(plan.variants.map(({ id }) => id));
  const tally = createReplayTally({ variants: plan.variants, labels });
  const progress = startProgress('report');
  const steps = countSteps(progress, 'records');
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
        steps(records.length, total);
      },
    }),
  ).finally(() => progress.end());
  signal.throwIfAborted();
  return tally.report(factsOf(plan), pairing.waiting());
}

async function rangesToRead({ admin }: Cluster, { replays }: ReplayPlan): Promise<PartitionRange[]> {
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
