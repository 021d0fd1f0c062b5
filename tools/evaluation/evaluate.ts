import { basename } from 'node:path';
import { type AnySweep, createEngine, createImageEngine, type EngineOptions, openAnySweep } from '@epee/engine';
import type { Case } from '@epee/exits';
import type { DecodeLimits } from '@epee/imaging';
import { type DataRequest, documentHint, type LabelledFile, readData } from '@epee/labelled-data';
import type { AnyRow, Engine, LoadedModel } from '@epee/model';
import type { Watch } from '@epee/terminal';
import { aurocOfView, curvesOf, gridOf, hardestOf, headsOf } from './curves/analysis.ts';
import { casesOf } from './curves/cases.ts';
import { type Probe, probesOf } from './curves/probes.ts';
import { type FileReading, openReading } from './read/file-reading.ts';
import { chosenTasks, type ScoredTask, scoredTasks } from './read/scored-tasks.ts';
import { eachPortion } from './read/task-reading.ts';
import type { EvaluationReport, Prediction, SideTime, TaskAnalysis, TaskReport } from './report/report.ts';
import { createEngineCheck, type EngineCheck } from './score/engine-check.ts';
import { createScores } from './score/scores.ts';
import { engineViews, type View, viewsOf } from './score/views.ts';
import { measurePolicies } from './times/measure-policies.ts';

/** What is evaluated, and on what. */
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
}

/** Options of the pipeline that evaluation follows. */
export interface EvaluationConfig {
  readonly imageLimits: DecodeLimits;
}

/** Who follows an evaluation. */
export interface EvaluationWatch extends Watch {
  /** Is called with what the person should know of the data. */
  readonly warn: (text: string) => void;
  /** Is called with each answer under a policy; the next one waits for it. */
  readonly onPrediction?: ((prediction: Prediction) => Promise<void>) | undefined;
}

/** Most decisions that are kept for the heads' reliability. */
const MOST_PROBES = 12_000;
const TIMED = { batchSizes: [1, 8, 32, 128], rounds: 3, maxRows: 256, what: 'measure times' } as const;

/**
 * Scores a model package on labelled data: every layer, every policy, and every pair of threshold
 * and patience.
 * @throws EpeeError as `readData`, `scoredTasks` and the engine's loading; POLICY_UNKNOWN; the
 *   signal's reason
 */
export async function evaluate(request: EvaluateRequest, config: EvaluationConfig, watch: EvaluationWatch): Promise<EvaluationReport> {
  const { file, excluded } = await readData(request, watch);
  const hint = documentHint(file, request);
  if (hint !== null) watch.warn(hint);
  const { modelDir, threads } = request;
  const sweep = await openAnySweep(modelDir, { threads });
  let engine: Engine<AnyRow> | null = null;
  try {
    const { model } = sweep;
    if (request.engine !== null) engine = await openEngine(model, { modelDir, threads, precision: request.engine });
    const asked = chosenTasks(request.task, scoredTasks(file, model));
    const views = viewsOf(model, request.policies);
    const all = engine === null ? views : [...views, ...engineViews(views, engine)];
    const check = engine === null ? undefined : createEngineCheck(engine);
    const tasks: TaskReport[] = [];
    for (const task of asked) tasks.push(await evaluateTask(task, file, { request, config, watch, sweep, views: all, check }));
    const { name, version, sha256, layers } = model;
    return {
      formatVersion: 1,
      model: { name, version, sha256, layers },
      data: { file: request.data, kind: file.kind, items: file.items.length, excluded },
      tasks,
      engine: check?.agreement() ?? null,
    };
  } finally {
    await Promise.all([sweep.close(), engine?.close()]);
  }
}

const openEngine = ({ image }: LoadedModel, options: EngineOptions): Promise<Engine<AnyRow>> =>
  image === undefined ? createEngine(options) : createImageEngine(options);

interface Evaluation {
  readonly request: EvaluateRequest;
  readonly config: EvaluationConfig;
  readonly watch: EvaluationWatch;
  readonly sweep: AnySweep;
  readonly views: readonly View[];
  readonly check: EngineCheck | undefined;
}

async function evaluateTask(task: ScoredTask, file: LabelledFile, evaluation: Evaluation): Promise<TaskReport> {
  const { request, config, watch, sweep, views, check } = evaluation;
  const { model } = sweep;
  const files = openReading(sweep, file, { path: request.data, ...config });
  const reading = await files.task(task);
  const scores = createScores(reading, { views, check, onPrediction: watch.onPrediction });
  const grid = request.scoresOnly ? [] : gridOf(model.layers);
  const cases: Case[] = [];
  const probes: Probe[] = [];
  await eachPortion(reading, `evaluate ${task}`, watch, async (portion) => {
    await scores.add(portion);
    if (request.scoresOnly) return;
    for (const one of await casesOf(portion, grid)) cases.push(one);
    await keepProbes(probes, () => probesOf(portion));
  });
  const times = request.time ? await timesOf(task, files, evaluation) : null;
  const report = scores.report();
  if (request.scoresOnly) return times === null ? report : { ...report, analysis: { ...NO_ANALYSIS, times } };
  const analysis: TaskAnalysis = {
    curves: curvesOf(cases, grid, model),
    heads: headsOf(probes, request.calibrationData === null ? probes : await readProbes(task, request.calibrationData, evaluation)),
    temperaturesFrom: request.calibrationData === null ? 'the data themselves' : basename(request.calibrationData),
    hardest: hardestOf(cases, views),
    times,
  };
  const hasAuroc = reading.kind === 'rows' && probes.length < MOST_PROBES;
  const aurocOf = (at: number) => (hasAuroc && views[at]!.kind !== 'engine' ? aurocOfView(views[at]!, probes) : null);
  return { ...report, views: report.views.map((view, at) => ({ ...view, auroc: aurocOf(at) })), analysis };
}

const NO_ANALYSIS: TaskAnalysis = { curves: [], heads: [], temperaturesFrom: '', hardest: [], times: null };

async function keepProbes(kept: Probe[], read: () => Promise<readonly Probe[]>): Promise<void> {
  if (kept.length >= MOST_PROBES) return;
  for (const probe of (await read()).slice(0, MOST_PROBES - kept.length)) kept.push(probe);
}

/** The decisions of other data, for temperatures to be fitted on. */
async function readProbes(task: ScoredTask, data: string, { request, config, watch, sweep }: Evaluation): Promise<Probe[]> {
  const { file } = await readData({ ...request, data, exclude: [] }, watch);
  chosenTasks(task, scoredTasks(file, sweep.model));
  const reading = await openReading(sweep, file, { path: data, ...config }).task(task);
  const probes: Probe[] = [];
  await eachPortion(reading, `read ${basename(data)}`, watch, (portion) => keepProbes(probes, () => probesOf(portion)));
  return probes;
}

async function timesOf(task: ScoredTask, files: FileReading, { request, watch, sweep, views }: Evaluation): Promise<readonly SideTime[]> {
  const rows = await files.rowsToTime(task, TIMED.maxRows);
  const sides = views
    .filter(({ kind, name }) => kind === 'policy' && name !== 'full')
    .map((view) => ({ name: view.name, policyOf: (name: string) => view.policyOf(name)! }));
  return measurePolicies(rows, sides, { ...TIMED, modelDir: request.modelDir, model: sweep.model }, watch);
}
