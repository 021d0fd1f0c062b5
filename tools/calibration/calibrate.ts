import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { openAnySweep } from '@epee/engine';
import { EpeeError } from '@epee/errors';
import { chosenTasks, type EvaluationConfig, type FileReading, openReading, type ScoredTask, scoredTasks } from '@epee/evaluation';
import {
  type Case,
  type CertificateData,
  type CertifyOptions,
  certificateOf,
  certify,
  isGraded,
  needsGold,
  policyChains,
  seededRandom,
  shortfallOf,
} from '@epee/exits';
import { type DataRequest, documentHint, imageDigests, type LabelledFile, readData } from '@epee/labelled-data';
import type { LoadedModel } from '@epee/model';
import type { Watch } from '@epee/terminal';
import { choosePolicy } from './choose-policy.ts';
import { collectCases } from './collect-cases.ts';
import type { CalibrationReport, TaskCalibration } from './report.ts';
import { updatedManifest } from './updated-manifest.ts';
import { writeManifest } from './write-manifest.ts';

/** What is calibrated, on what, and which risk is allowed. */
export interface CalibrateRequest extends DataRequest {
  readonly modelDir: string;
  /** Null: all that the file can show, adverse events left out. */
  readonly task: ScoredTask | null;
  readonly risk: CertifyOptions['risk'];
  readonly epsilon: number;
  readonly delta: number;
  readonly correction: CertifyOptions['correction'];
  readonly documents: CertifyOptions['documents'];
  readonly perClass: CertifyOptions['perClass'];
  readonly thresholds: readonly number[];
  readonly patiences: readonly number[];
  readonly seed: number;
  /** Name of the certified policy. */
  readonly name: string;
  /** Choose by measured time among the certified pairs that need the fewest layers. */
  readonly time: boolean;
  readonly threads: number;
  /** Write nothing. */
  readonly dryRun: boolean;
  /** Day, ISO 8601. */
  readonly date: string;
}

/** Who follows a calibration. */
export interface CalibrationWatch extends Watch {
  /** Is called with what the person should know of the data. */
  readonly warn: (text: string) => void;
}

/**
 * Certifies exit policies on labelled data and writes them into the package's manifest; where no
 * task has a policy that passes, nothing is written.
 * @throws EpeeError as `readData`, `scoredTasks`, `writeManifest` and the engine's loading;
 *   USAGE_INVALID where the data cannot show the loss, the name is taken, or no policy is left to
 *   test; the signal's reason
 */
export async function calibrate(request: CalibrateRequest, config: EvaluationConfig, watch: CalibrationWatch): Promise<CalibrationReport> {
  const { modelDir, name } = request;
  const { file, excluded } = await readData(request, watch);
  const hint = documentHint(file, request);
  if (hint !== null) watch.warn(hint);
  const sweep = await openAnySweep(modelDir, { threads: request.threads });
  try {
    const { model } = sweep;
    const chains = policyChains({ thresholds: request.thresholds, patiences: request.patiences, layers: model.layers });
    if (chains.length === 0) throw usage('--thresholds and --patience leave no policy to test');
    // Before the long part: a name that may not be written must not cost it.
    await checkName(request);
    const asked = askedTasks(file, model, request);
    const reading = openReading(sweep, file, { path: request.data, ...config });
    const { cases, unknownLabels } = await collectCases(
      reading,
      asked,
      { policies: chains.flat(), unit: isGraded(request.risk) ? 'note' : 'row' },
      watch,
    );
    const options: CertifyOptions = { ...request, chains, random: seededRandom(request.seed) };
    const data = await dataOf(file, request, watch);
    const tasks: TaskCalibration[] = [];
    for (const [task, own] of cases) tasks.push(await calibrateTask(task, own, { request, options, data, model, reading, watch }));
    const written = request.dryRun ? null : await writePolicies(request, model, tasks);
    const { version, sha256, layers } = model;
    return {
      formatVersion: 1,
      model: { name: model.name, version, sha256, layers },
      data: { file: request.data, items: file.items.length, excluded, sha256: data.sha256 },
      name,
      tasks,
      unknownLabels,
      written,
    };
  } finally {
    await sweep.close();
  }
}

async function checkName({ modelDir, name }: CalibrateRequest): Promise<void> {
  updatedManifest(await readFile(join(modelDir, 'manifest.json'), 'utf8'), name, new Map());
}

/** The tasks to calibrate. */
function askedTasks(file: LabelledFile, model: LoadedModel, request: CalibrateRequest): readonly ScoredTask[] {
  const asked = chosenTasks(request.task, scoredTasks(file, model));
  const tasks = request.task === null && asked.length > 1 ? asked.filter((task) => task !== 'adverse-events') : asked;
  if (tasks.includes('stream') && needsGold(request.risk))
    throw usage(`--loss ${request.risk} needs labels; notes without labels can show --loss differs and --loss f1 alone`);
  if (tasks.includes('stream') && request.perClass === 'gold')
    throw usage("--per-class gold needs labels; notes without labels can show --per-class full-depth, the classes of full depth's answers");
  return tasks;
}

/** What a certificate says of the data. */
async function dataOf(file: LabelledFile, { data, documentPattern }: DataRequest, watch: Watch): Promise<CertificateData> {
  const otherwise =
    documentPattern === null ? (file.kind === 'image' ? 'path of the image' : 'text') : `${documentPattern.source} in the id`;
  return {
    file: basename(data),
    sha256: await digestOf(file, data, watch),
    items: file.items.length,
    documentsBy: `field document, else ${otherwise}`,
  };
}

/**
 * Of the items used, as they were read, one JSON per line; those of images with the SHA-256 of the
 * image, whose path says nothing.
 */
async function digestOf(file: LabelledFile, path: string, watch: Watch): Promise<string> {
  const images = file.kind === 'image' ? await imageDigests(file.items, path, watch) : [];
  const hash = createHash('sha256');
  for (const [index, { item }] of file.items.entries())
    hash.update(`${JSON.stringify('image' in item ? { ...item, sha256: images[index] } : item)}\n`);
  return hash.digest('hex');
}

interface TaskParts {
  readonly request: CalibrateRequest;
  readonly options: CertifyOptions;
  readonly data: CertificateData;
  readonly model: LoadedModel;
  readonly reading: FileReading;
  readonly watch: Watch;
}

async function calibrateTask(task: string, cases: readonly Case[], parts: TaskParts): Promise<TaskCalibration> {
  const { request, options, data, model, reading, watch } = parts;
  const certification = certify(cases, options);
  const { tests, documents, uncovered } = certification;
  const rowsToTime = request.time ? (most: number) => reading.rowsToTime(task, most) : null;
  const { chosen, time } = await choosePolicy(tests, { task, modelDir: request.modelDir, model, rowsToTime }, watch);
  const { seed, date, epsilon } = request;
  return {
    task,
    cases: certification.cases,
    documents,
    tests,
    chosen,
    certificate: chosen === null ? null : certificateOf({ certification, chosen, options, seed, data, time, date }),
    shortfall: chosen === null ? shortfallOf(certification, epsilon) : null,
    uncovered,
  };
}

/** Writes the policies that were found. @returns SHA-256 of the new manifest; null without any */
async function writePolicies({ modelDir, name }: CalibrateRequest, { sha256 }: LoadedModel, tasks: readonly TaskCalibration[]) {
  if (tasks.every(({ chosen }) => chosen === null)) return null;
  const findings = new Map(
    tasks.map(({ task, chosen, certificate }) => [task, chosen === null ? null : { policy: chosen.policy, certificate: certificate! }]),
  );
  return writeManifest(modelDir, sha256, (text) => updatedManifest(text, name, findings));
}

const usage = (message: string) => new EpeeError('USAGE_INVALID', message, { stage: 'cli' });
