import { resolve } from 'node:path';
import type { CliConfig } from '@epee/config';
import { EpeeError } from '@epee/errors';
import type { PartitionRange } from '@epee/kafka';
import { counted, countNotes, duration, type NoteCount, type Progress, short, type Watch } from '@epee/terminal';
import { type Cluster, withCluster } from './cluster.ts';
import { createRun, rangesOf } from './plan/create-run.ts';
import type { RangeRequest } from './plan/parse-range.ts';
import { type ListedRun, type PlannedVariant, plannedOffsets, type ReplayPlan } from './plan/plan.ts';
import { findRun, readRuns } from './plan/runs-store.ts';
import { requestedVariants, type VariantRequest } from './plan/variants.ts';
import type { ReplayReport } from './report/report.ts';
import { variantName } from './report/words.ts';
import { type OpenVariants, openVariants } from './run/open-variants.ts';
import { workRun } from './run/work-run.ts';
import { readLabels } from './tally/labels-file.ts';
import { readReport } from './tally/read-report.ts';

/** What a report is made with. */
export interface ReportRequest {
  /** File of labels that variants are scored on; null: none. */
  readonly labels: string | null;
}

/** What is replayed, under which variants. */
export interface RunRequest extends ReportRequest {
  /** Null: the configured topic of notes. */
  readonly topic: string | null;
  readonly range: RangeRequest;
  /** Most records; null: all of the range. */
  readonly limit: number | null;
  /** Without policies and models: full depth and the configured policy. */
  readonly policies: readonly string[];
  readonly models: readonly string[];
}

/** Who follows a replay. */
export interface ReplayWatch extends Watch {
  /**
   * Is called with lines for the person who waits: which run it is, what is gone, how to resume.
   */
  readonly say: (text: string) => void;
}

/**
 * Replays a range and reports on it.
 * @throws EpeeError USAGE_INVALID, REPLAY_RANGE_INVALID, REPLAY_RANGE_EMPTY, MODEL_...,
 *   POLICY_UNKNOWN, KAFKA_...; as `readLabels`; the signal's reason
 */
export async function runReplay(request: RunRequest, config: CliConfig, watch: ReplayWatch): Promise<ReplayReport> {
  const requested = requestedVariants({
    policies: request.policies,
    models: request.models.map((dir) => resolve(dir)),
    defaultModel: config.engine.modelDir,
    defaultPolicy: config.policy,
  });
  const labels = await labelsOf(request);
  return withCluster(config, async (cluster) => {
    const { topic, ranges } = await wantedRanges(cluster, config, { request, watch });
    return withVariants(requested, config, watch, async (open) => {
      const plan = await createRun(cluster, config, { topic, ranges, variants: open.variants, precision: open.precision });
      watch.say(`Run ${plan.id}: ${describePlan(plan)}`);
      const finished = await watchedWork(cluster, config, { plan, open }, watch);
      return readReport(cluster, { plan: finished, labels, config }, watch);
    });
  });
}

/**
 * The topic that was named; else the notes topic or, where it has nothing in the range, the topic of batch imports. What another topic
 * has is told.
 */
async function wantedRanges(
  cluster: Cluster,
  { topics }: CliConfig,
  { request, watch }: { readonly request: RunRequest; readonly watch: ReplayWatch },
): Promise<{ readonly topic: string; readonly ranges: PartitionRange[] }> {
  const on = async (topic: string) => ({ topic, ranges: await rangesOf(cluster, { ...request, topic }, watch) });
  const imports = topics.batchNotes;
  if (request.topic !== null || imports === undefined) return on(request.topic ?? topics.notes);
  try {
    const found = await on(topics.notes);
    if (await holdsRecords(cluster, imports)) watch.say(`Notes of batch imports are on ${imports}; to replay these: --topic ${imports}`);
    return found;
  } catch (error) {
    if (!isNothing(error)) throw error;
    const found = await on(imports).catch((other) => {
      throw isNothing(other) ? error : other;
    });
    watch.say(`${topics.notes} has nothing in the range; the notes of batch imports on ${imports} are replayed`);
    return found;
  }
}

const isNothing = (error: unknown): boolean =>
  error instanceof EpeeError && (error.code === 'REPLAY_RANGE_EMPTY' || error.code === 'KAFKA_TOPIC_MISSING');

async function holdsRecords({ admin }: Cluster, topic: string): Promise<boolean> {
  return (await admin.partitions(topic)) !== null && (await admin.offsets(topic)).some(({ low, high }) => low < high);
}

/**
 * Resumes a run where it was left, and reports on it; of a finished run it reports alone.
 * @throws EpeeError REPLAY_NOT_FOUND, REPLAY_LOST, and as {@link runReplay}
 */
export async function resumeReplay(id: string, request: ReportRequest, config: CliConfig, watch: ReplayWatch): Promise<ReplayReport> {
  const labels = await labelsOf(request);
  return withCluster(config, async (cluster) => {
    const plan = await findRun(cluster, config.replays.runsTopic, id);
    if (plan.finishedAt !== null) {
      watch.say(`Run ${id} was finished at ${plan.finishedAt}; nothing is left to do.`);
      return readReport(cluster, { plan, labels, config }, watch);
    }
    const engine = { ...config.engine, precision: plan.precision };
    return withVariants(plan.variants, { ...config, engine }, watch, async (open) => {
      checkModels(plan.variants, open.variants);
      watch.say(`Run ${id} resumes: ${describePlan(plan)}`);
      const finished = await watchedWork(cluster, config, { plan, open }, watch);
      return readReport(cluster, { plan: finished, labels, config }, watch);
    });
  });
}

/**
 * What a run found, finished or not.
 * @throws EpeeError REPLAY_NOT_FOUND, KAFKA_..., as `readLabels`
 */
export async function reportReplay(id: string, request: ReportRequest, config: CliConfig, watch: Watch): Promise<ReplayReport> {
  const labels = await labelsOf(request);
  return withCluster(config, async (cluster) => {
    const plan = await findRun(cluster, config.replays.runsTopic, id);
    return readReport(cluster, { plan, labels, config }, watch);
  });
}

/** All runs, newest last. */
export async function listReplays(config: CliConfig): Promise<ListedRun[]> {
  return withCluster(config, async (cluster) => {
    const plans = await readRuns(cluster, config.replays.runsTopic);
    return Promise.all(
      plans.map(async (plan) => ({ ...plan, doneOffsets: await doneOffsets(cluster, plan), offsets: plannedOffsets(plan) })),
    );
  });
}

const labelsOf = async ({ labels }: ReportRequest) => (labels === null ? null : readLabels(labels));

async function doneOffsets({ admin }: Cluster, plan: ReplayPlan): Promise<number | null> {
  if (plan.finishedAt !== null) return plannedOffsets(plan);
  const committed = new Map((await admin.committed(plan.group, plan.topic)).map(({ partition, offset }) => [partition, offset]));
  let done = 0;
  for (const { partition, from } of plan.ranges) {
    const offset = committed.get(partition) ?? null;
    if (offset === null) return null;
    done += Number(offset - BigInt(from));
  }
  return done;
}

async function withVariants<T>(
  requested: readonly VariantRequest[],
  config: CliConfig,
  { startProgress }: Watch,
  work: (open: OpenVariants) => Promise<T>,
): Promise<T> {
  const progress = startProgress('load models');
  progress.at(null);
  const open = await openVariants(requested, config).finally(() => progress.end());
  try {
    return await work(open);
  } finally {
    await open.close();
  }
}

/** A run resumes with the very models that it began with, or its answers could not be compared. */
function checkModels(planned: readonly PlannedVariant[], open: OpenVariants['variants']): void {
  for (const [at, { id, modelDir, model }] of planned.entries()) {
    if (open[at]!.model.sha256 === model.sha256) continue;
    throw new EpeeError('REPLAY_LOST', `Variant ${id}: the model package in ${modelDir} is not the one that the run began with`, {
      stage: 'cli',
      details: { modelDir, wanted: model.sha256, found: open[at]!.model.sha256 },
      hint: `Restore ${model.name} ${model.version} there, or start a new run.`,
    });
  }
}

/** Works through what is left of a run while progress is shown. */
async function watchedWork(
  cluster: Cluster,
  config: CliConfig,
  { plan, open }: { readonly plan: ReplayPlan; readonly open: OpenVariants },
  { startProgress, signal, say }: ReplayWatch,
): Promise<ReplayPlan> {
  const startMs = performance.now();
  let progress: Progress | undefined;
  let shown: NoteCount | undefined;
  let records = 0;
  let finished: ReplayPlan | undefined;
  try {
    finished = await workRun(cluster, {
      plan,
      variants: open.variants,
      config,
      signal,
      onStart: (offsets) => {
        progress = startProgress('replay');
        shown = countNotes(progress, offsets);
      },
      onGone: (partition, offsets) =>
        say(`${counted(Number(offsets), 'offset')} of partition ${partition} are no longer kept by ${plan.topic} and are left out`),
      onDone: (notes, offsets) => {
        records += notes;
        shown?.done(offsets, notes);
      },
    });
    return finished;
  } finally {
    progress?.end();
    if (finished === undefined) say(`What is done of run ${plan.id} is kept. To resume it: epee replay resume ${plan.id}`);
    const seconds = (performance.now() - startMs) / 1000;
    const [notes, variants] = [counted(records, 'note'), counted(plan.variants.length, 'variant')];
    say(`${notes} under ${variants} in ${duration(seconds)}, ${short(records / seconds)} notes/s`);
  }
}

function describePlan(plan: ReplayPlan): string {
  const offsets = `${counted(plannedOffsets(plan), 'offset')} of ${plan.topic} in ${counted(plan.ranges.length, 'partition')}`;
  return `${offsets}; ${plan.variants.map(variantName).join(', ')}`;
}
