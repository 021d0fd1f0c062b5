import { resolve } from 'node:path';
import type { CliConfig } from '@epee/config';
import { EpeeError } from '@epee/errors';
import { createKafka, reaching } from '@epee/kafka';
import type { CliContext } from '@epee/terminal';
import {
  checkOutput,
  count,
  counted,
  countNotes,
  countSteps,
  duration,
  type NoteCount,
  type Progress,
  progressOn,
  short,
  tableHead,
  tableRow,
  whileShown,
  write,
  writeWhole,
} from '@epee/terminal';
import { readLabels } from './labels-file.ts';
import { type OpenVariants, openVariants } from './open-variants.ts';
import { type PlannedVariant, plannedOffsets, type ReplayPlan } from './plan.ts';
import { createRun, type RunKafka, rangesOf } from './prepare-run.ts';
import { parseRange, type RangeFlags } from './range.ts';
import { readReport } from './read-report.ts';
import type { Labels } from './report/labels.ts';
import { reportPage } from './report/page.ts';
import type { ReplayReport } from './report/report.ts';
import { reportText } from './report/terminal.ts';
import { findRun, readRuns } from './runs-store.ts';
import { requestedVariants } from './variants.ts';
import { workRun } from './work-run.ts';

/** How a report is given. */
export interface ReportRequest {
  /** File for the report as JSON; `-`: standard output, in place of the tables. */
  readonly json: string | null;
  readonly html: string | null;
  readonly labels: string | null;
}

/** What `epee replay run` was asked for. */
export interface RunRequest extends ReportRequest {
  readonly topic: string | null;
  readonly range: RangeFlags;
  readonly limit: number | null;
  readonly policies: readonly string[];
  readonly models: readonly string[];
}

/** Replays a range and shows the report. Answers 0, or 1 where a record could not be worked on. */
export async function runReplay(context: CliContext, config: CliConfig, request: RunRequest): Promise<number> {
  const range = parseRange(request.range);
  const requested = requestedVariants({
    policies: request.policies,
    models: request.models.map((dir) => resolve(dir)),
    defaultModel: config.engine.modelDir,
    defaultPolicy: config.policy,
  });
  const labels = await checkReport(request);
  const topic = request.topic ?? config.topics.notes;
  return withKafka(config, async (cluster) => {
    const { signal, stderr } = context;
    const warn = (text: string) => void stderr.write(`${text}\n`);
    const ranges = await rangesOf(cluster, { topic, range, limit: request.limit, signal, warn });
    const open = await loadModels(context, () => openVariants(requested, config));
    try {
      const plan = await createRun(cluster, config, { topic, ranges, variants: open.variants });
      stderr.write(`Run ${plan.id}: ${describePlan(plan)}\n`);
      const finished = await work(context, config, cluster, { plan, open });
      return await showReport(context, config, cluster, { plan: finished, request, labels });
    } finally {
      await open.close();
    }
  });
}

/** Goes on with a run where it was left, and shows the report; of a finished run the report alone. */
export async function resumeReplay(context: CliContext, config: CliConfig, id: string, request: ReportRequest): Promise<number> {
  const labels = await checkReport(request);
  return withKafka(config, async (cluster) => {
    const plan = await findRun(cluster.kafka, cluster.admin, config.replays.runsTopic, id);
    if (plan.finishedAt !== null) {
      context.stderr.write(`Run ${id} was finished at ${plan.finishedAt}; nothing is left to do.\n`);
      return showReport(context, config, cluster, { plan, request, labels });
    }
    const engine = { ...config.engine, precision: plan.precision };
    const open = await loadModels(context, () => openVariants(plan.variants, { ...config, engine }));
    try {
      checkModels(plan.variants, open.variants);
      context.stderr.write(`Run ${id} goes on: ${describePlan(plan)}\n`);
      const finished = await work(context, config, cluster, { plan, open });
      return await showReport(context, config, cluster, { plan: finished, request, labels });
    } finally {
      await open.close();
    }
  });
}

/** Shows what a run found, finished or not. */
export async function reportReplay(context: CliContext, config: CliConfig, id: string, request: ReportRequest): Promise<number> {
  const labels = await checkReport(request);
  return withKafka(config, async (cluster) => {
    const plan = await findRun(cluster.kafka, cluster.admin, config.replays.runsTopic, id);
    return showReport(context, config, cluster, { plan, request, labels });
  });
}

/** Lists the runs, newest last. */
export async function listReplays({ stdout }: CliContext, config: CliConfig, { json }: { readonly json: boolean }): Promise<number> {
  return withKafka(config, async ({ kafka, admin }) => {
    const plans = await readRuns(kafka, admin, config.replays.runsTopic);
    const runs = await Promise.all(
      plans.map(async (plan) => ({ ...plan, doneOffsets: await doneOffsets({ kafka, admin }, plan), offsets: plannedOffsets(plan) })),
    );
    if (json) {
      await write(stdout, `${JSON.stringify(runs)}\n`);
      return 0;
    }
    if (runs.length === 0) {
      stdout.write('There are no replay runs yet. Start one with: epee replay run\n');
      return 0;
    }
    const columns = [
      { heading: 'run', width: 20 },
      { heading: 'state', width: 9 },
      { heading: 'offsets', width: 10, align: 'right' },
      { heading: 'topic', width: 22 },
      { heading: 'variants', width: 50 },
    ] as const;
    const state = ({ finishedAt, doneOffsets: done, offsets }: (typeof runs)[number]) =>
      finishedAt !== null ? 'finished' : done === null ? 'lost' : `${Math.floor((100 * done) / Math.max(1, offsets))} %`;
    const rows = runs.map((run) =>
      tableRow(columns, [run.id, state(run), count(run.offsets), run.topic, run.variants.map(variantName).join(', ')]),
    );
    await write(stdout, `${[tableHead(columns), ...rows].join('\n')}\n`);
    return 0;
  });
}

/** Offsets that a run has behind it; null where Kafka no longer keeps that. */
async function doneOffsets({ admin }: RunKafka, plan: ReplayPlan): Promise<number | null> {
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

async function withKafka(config: CliConfig, work: (cluster: RunKafka) => Promise<number>): Promise<number> {
  const kafka = createKafka(config.kafka);
  const admin = await kafka.admin();
  try {
    return await reaching(config.kafka.brokers, () => work({ kafka, admin }));
  } finally {
    await admin.close();
  }
}

const loadModels = (context: CliContext, load: () => Promise<OpenVariants>) => whileShown(context.stderr, 'Loading models', load);

async function checkReport({ json, html, labels }: ReportRequest): Promise<Labels | null> {
  checkOutput('--json', json === '-' ? null : json);
  checkOutput('--html', html);
  return labels === null ? null : readLabels(labels);
}

/** A run goes on with the very models that it began with, or its answers could not be compared. */
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

async function work(
  context: CliContext,
  config: CliConfig,
  cluster: RunKafka,
  { plan, open }: { plan: ReplayPlan; open: OpenVariants },
): Promise<ReplayPlan> {
  const { stderr, signal } = context;
  const startMs = performance.now();
  let progress: Progress | undefined;
  let shown: NoteCount | undefined;
  let records = 0;
  try {
    return await workRun(cluster, {
      plan,
      variants: open.variants,
      config,
      signal,
      onStart: (offsets) => {
        progress = progressOn(stderr)('replay');
        shown = countNotes(progress, offsets);
      },
      onGone: (partition, offsets) =>
        void stderr.write(
          `${counted(Number(offsets), 'offset')} of partition ${partition} are no longer kept by ${plan.topic} and are left out\n`,
        ),
      onDone: (notes, offsets) => {
        records += notes;
        shown?.done(offsets, notes);
      },
    });
  } catch (error) {
    progress?.end();
    progress = undefined;
    stderr.write(`What is done of run ${plan.id} is kept. Go on with: epee replay resume ${plan.id}\n`);
    throw error;
  } finally {
    progress?.end();
    const seconds = (performance.now() - startMs) / 1000;
    stderr.write(
      `${counted(records, 'note')} under ${counted(plan.variants.length, 'variant')} in ${duration(seconds)}, ${short(records / seconds)} notes/s\n`,
    );
  }
}

async function showReport(
  { stdout, stderr, signal }: CliContext,
  config: CliConfig,
  cluster: RunKafka,
  { plan, request, labels }: { plan: ReplayPlan; request: ReportRequest; labels: Labels | null },
): Promise<number> {
  const progress = progressOn(stderr)('report');
  const steps = countSteps(progress, 'records');
  const report: ReplayReport = await readReport(cluster, { plan, labels, config, signal, onProgress: steps }).finally(() => progress.end());
  const json = `${JSON.stringify(report, null, 1)}\n`;
  if (request.html !== null) await writeWhole(request.html, reportPage(report));
  if (request.json !== null && request.json !== '-') await writeWhole(request.json, json);
  await write(stdout, request.json === '-' ? json : reportText(report));
  return report.variants.every(({ failures }) => Object.keys(failures).length === 0) ? 0 : 1;
}

const variantName = ({ id, model, policy }: PlannedVariant) => `${id} = ${model.name} ${policy}`;

const describePlan = (plan: ReplayPlan) =>
  `${counted(plannedOffsets(plan), 'offset')} of ${plan.topic} in ${counted(plan.ranges.length, 'partition')}; ${plan.variants.map(variantName).join(', ')}`;
