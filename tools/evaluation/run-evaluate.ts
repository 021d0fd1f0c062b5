import { createWriteStream } from 'node:fs';
import { basename } from 'node:path';
import { finished } from 'node:stream/promises';
import { type AnySweep, createEngine, createImageEngine, type EngineOptions, openAnySweep } from '@epee/engine';
import type { Case } from '@epee/exits';
import type { LabelledFile } from '@epee/labelled-data';
import { type DataRequest, documentHint, readData } from '@epee/labelled-data';
import type { AnyRow, Engine, LoadedModel } from '@epee/model';
import type { CliContext } from '@epee/terminal';
import { checkOutput, countSteps, progressOn, write, writeWhole } from '@epee/terminal';
import { aurocOfView, curvesOf, gridOf, hardestOf, headsOf } from './analysis.ts';
import { createEngineCheck } from './engine-check.ts';
import { createFileReading, type FileReading } from './file-reading.ts';
import { evaluationPage } from './html-page.ts';
import { measurePolicies, type SideTime } from './measure-policies.ts';
import type { Probe } from './probes.ts';
import type { EvaluationReport, ScoredTask, TaskAnalysis, TaskReport } from './report.ts';
import { scoreFile } from './score-file.ts';
import type { Collector, ScoringTools } from './score-texts.ts';
import { chosenTasks, scoredTasks } from './scored-tasks.ts';
import { evaluationTables } from './tables.ts';
import { engineViews, type View, viewsOf } from './views.ts';

/** What `epee evaluate` was asked for. */
export interface EvaluateRequest extends DataRequest {
  readonly modelDir: string;
  /** Null: all that the file can show. */
  readonly task: ScoredTask | null;
  /** Null: all policies that every task has. */
  readonly policies: readonly string[] | null;
  readonly threads: number;
  /** Score and compare the exit graph, too. */
  readonly engine: 'fp32' | 'int8' | null;
  /** Scores alone: no curve, no reliability, no hardest rows. */
  readonly scoresOnly: boolean;
  /** Measure the policies' times, too. */
  readonly time: boolean;
  /** Data that temperatures are fitted on; null: the data themselves. */
  readonly calibrationData: string | null;
  readonly predictions: string | null;
  readonly json: string | null;
  readonly html: string | null;
}

/** Decisions whose logits are kept for the heads' reliability. */
const MOST_PROBES = 12_000;
const TIMED = { batchSizes: [1, 8, 32, 128], rounds: 3, maxRows: 256 } as const;

/** Scores a model package on labelled data and shows the tables. */
export async function runEvaluate(context: CliContext, request: EvaluateRequest): Promise<number> {
  checkOutput('--json', request.json);
  checkOutput('--html', request.html);
  checkOutput('--predictions', request.predictions);
  const { file, excluded } = await readData(request, context);
  const hint = documentHint(file, request);
  if (hint !== null) context.stderr.write(`${hint}\n`);
  const { modelDir, threads } = request;
  const sweep = await openAnySweep(modelDir, { threads });
  const engine =
    request.engine === null ? null : await openEngine(sweep.model, { modelDir, threads, precision: request.engine }).catch(closing(sweep));
  const predictions = request.predictions === null ? null : createWriteStream(request.predictions);
  try {
    const { model } = sweep;
    const asked = chosenTasks(request.task, scoredTasks(file, model));
    const views = viewsOf(model, request.policies);
    const check = engine === null ? null : createEngineCheck(engine);
    const evaluation: Evaluation = {
      request,
      sweep,
      views: [...views, ...(engine === null ? [] : engineViews(views, engine))],
      check,
      onPrediction: async (prediction) => {
        if (predictions !== null) await write(predictions, `${JSON.stringify(prediction)}\n`);
      },
    };
    const tasks: TaskReport[] = [];
    for (const task of asked) tasks.push(await evaluateTask(task, file, evaluation, context));
    const { name, version, sha256, layers } = model;
    const report: EvaluationReport = {
      formatVersion: 1,
      model: { name, version, sha256, layers },
      data: { file: request.data, kind: file.kind, items: file.items.length, excluded },
      tasks,
      engine: check?.agreement() ?? null,
    };
    await write(context.stdout, evaluationTables(report));
    if (request.json !== null) await writeWhole(request.json, `${JSON.stringify(report, null, 1)}\n`);
    if (request.html !== null) await writeWhole(request.html, evaluationPage(report));
    return 0;
  } finally {
    await Promise.all([sweep.close(), engine?.close(), predictions === null ? undefined : finished(predictions.end())]);
  }
}

const openEngine = ({ image }: LoadedModel, options: EngineOptions): Promise<Engine<AnyRow>> =>
  image === undefined ? createEngine(options) : createImageEngine(options);

const closing = (opened: { close(): Promise<void> }) => async (error: unknown) => {
  await opened.close();
  throw error;
};

interface Evaluation {
  readonly request: EvaluateRequest;
  readonly sweep: AnySweep;
  readonly views: readonly View[];
  readonly check: ReturnType<typeof createEngineCheck> | null;
  readonly onPrediction: ScoringTools['onPrediction'];
}

async function evaluateTask(task: ScoredTask, file: LabelledFile, evaluation: Evaluation, context: CliContext): Promise<TaskReport> {
  const { request, sweep, views, check, onPrediction } = evaluation;
  const { model } = sweep;
  const kept = request.scoresOnly ? null : createKept(gridOf(model.layers));
  const reading = createFileReading(sweep, file, { path: request.data, env: context.env });
  const report = await scoreWithProgress(`evaluate ${task}`, context, (onProgress) =>
    scoreFile(task, file, {
      ...reading,
      onProgress,
      views,
      collector: kept,
      onPrediction,
      onRows: async (rows, view) => check?.compare(rows, view, reading.answers),
    }),
  );
  const times = request.time ? await timesOf(task, reading, evaluation, context) : null;
  if (kept === null) return times === null ? report : { ...report, analysis: { ...NO_ANALYSIS, times } };
  const isPooled = model.tasks.some(({ name, kind }) => name === task && kind !== 'tagging');
  const analysis: TaskAnalysis = {
    curves: curvesOf(kept.found, kept.policies, model),
    heads: headsOf(kept.kept, await fittedOn(task, kept.kept, evaluation, context)),
    temperaturesFrom: request.calibrationData === null ? 'the data themselves' : basename(request.calibrationData),
    hardest: hardestOf(kept.found, views),
    times,
  };
  const auroc = (name: string) => {
    const view = views.find((one) => one.name === name)!;
    return isPooled && view.kind !== 'engine' && kept.wantsProbes() ? aurocOfView(view, kept.kept) : null;
  };
  return { ...report, views: report.views.map((view) => ({ ...view, auroc: auroc(view.name) })), analysis };
}

const NO_ANALYSIS: TaskAnalysis = { curves: [], heads: [], temperaturesFrom: '', hardest: [], times: null };

/** The decisions that temperatures are fitted on. */
async function fittedOn(
  task: ScoredTask,
  own: readonly Probe[],
  { request, sweep }: Evaluation,
  context: CliContext,
): Promise<readonly Probe[]> {
  if (request.calibrationData === null) return own;
  const { file } = await readData({ ...request, data: request.calibrationData, exclude: [] }, context);
  chosenTasks(task, scoredTasks(file, sweep.model));
  const kept = createKept([]);
  const reading = createFileReading(sweep, file, { path: request.calibrationData, env: context.env });
  const nothing = async () => undefined;
  await scoreWithProgress(`read ${basename(request.calibrationData)}`, context, (onProgress) =>
    scoreFile(task, file, { ...reading, onProgress, views: [], collector: kept, onPrediction: nothing, onRows: nothing }),
  );
  return kept.kept;
}

async function timesOf(
  task: ScoredTask,
  { model, rowsToTime }: FileReading,
  { request, views }: Evaluation,
  { stderr, signal }: CliContext,
): Promise<readonly SideTime[]> {
  const rows = await rowsToTime(task, TIMED.maxRows);
  const progress = progressOn(stderr)('measure times');
  const steps = countSteps(progress, 'rounds');
  const sides = views
    .filter(({ kind, name }) => kind === 'policy' && name !== 'full')
    .map((view) => ({ name: view.name, policyOf: (task: string) => view.policyOf(task)! }));
  return measurePolicies(rows, sides, {
    ...TIMED,
    modelDir: request.modelDir,
    model,
    onRound: (rounds) => {
      signal.throwIfAborted();
      steps(1, rounds);
    },
  }).finally(() => progress.end());
}

/** Scores while progress is shown; a signal ends it after the portion in hand. */
async function scoreWithProgress<T>(
  what: string,
  { stderr, signal }: CliContext,
  score: (onProgress: ScoringTools['onProgress']) => Promise<T>,
): Promise<T> {
  const progress = progressOn(stderr)(what);
  const steps = countSteps(progress, 'items');
  try {
    return await score((items, total) => {
      signal.throwIfAborted();
      steps(items, total);
    });
  } finally {
    progress.end();
  }
}

/** Keeps cases, and probes up to a number. */
function createKept(policies: Collector['policies']): Collector & { readonly found: Case[]; readonly kept: Probe[] } {
  const found: Case[] = [];
  const kept: Probe[] = [];
  return {
    policies,
    found,
    kept,
    cases: (cases) => {
      for (const one of cases) found.push(one);
    },
    wantsProbes: () => kept.length < MOST_PROBES,
    probes: (probes) => {
      for (const probe of probes.slice(0, MOST_PROBES - kept.length)) kept.push(probe);
    },
  };
}
