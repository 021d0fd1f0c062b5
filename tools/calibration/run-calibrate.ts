import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type AnySweep, openAnySweep } from '@epee/engine';
import { EpeeError } from '@epee/errors';
import type { ScoredTask } from '@epee/evaluation';
import { chosenTasks, createFileReading, type FileReading, measurePolicies, scoredTasks, scoreFile } from '@epee/evaluation';
import {
  type Case,
  type CertificateData,
  type Certification,
  type CertifyOptions,
  certificateOf,
  certify,
  cheapest,
  type ExitPolicy,
  type MeasuredTime,
  type PolicyTest,
  policyChains,
  seededRandom,
  shortfallOf,
} from '@epee/exits';
import type { LabelledFile } from '@epee/labelled-data';
import { type DataRequest, documentHint, imageDigests, readData } from '@epee/labelled-data';
import type { CliContext } from '@epee/terminal';
import { checkOutput, countSteps, progressOn, write, writeWhole } from '@epee/terminal';
import type { CalibrationReport, TaskCalibration } from './report.ts';
import { calibrationTables } from './tables.ts';
import { type TaskFinding, updatedManifest } from './updated-manifest.ts';
import { writeManifest } from './write-manifest.ts';

/** What `epee calibrate` was asked for. */
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
  readonly dryRun: boolean;
  readonly json: string | null;
  /** Day, ISO 8601. */
  readonly date: string;
}

/** Pairs whose time is measured: those that save the most layers among the certified ones. */
const MEASURED_PAIRS = 6;
const MEASURED = { rounds: 3, maxRows: 256 } as const;
/** Rows of a batch then, if there are so many. */
const MEASURED_BATCH_ROWS = 32;

/**
 * Certifies exit policies on labelled data and writes them into the package's manifest.
 *
 * @returns 0
 * @throws EpeeError POLICY_NOT_CERTIFIED where no task has a policy that passes: nothing is written
 */
export async function runCalibrate(context: CliContext, request: CalibrateRequest): Promise<number> {
  const { stdout, stderr } = context;
  const { modelDir, name } = request;
  checkOutput('--json', request.json);
  const { file, excluded } = await readData(request, context);
  const hint = documentHint(file, request);
  if (hint !== null) stderr.write(`${hint}\n`);
  const sweep = await openAnySweep(modelDir, { threads: request.threads });
  try {
    const { model } = sweep;
    const chains = policyChains({ thresholds: request.thresholds, patiences: request.patiences, layers: model.layers });
    if (chains.length === 0) throw usage('--thresholds and --patience leave no policy to test');
    // Before the long part: a name that may not be written must not cost it.
    await checkName(request);
    const asked = askedTasks(file, sweep, request);
    const reading = createFileReading(sweep, file, { path: request.data, env: context.env });
    const { cases, unknownLabels } = await allCases(asked, file, chains.flat(), { reading, context });
    const options: CertifyOptions = { ...request, chains, random: seededRandom(request.seed) };
    const data: CertificateData = {
      file: basename(request.data),
      sha256: await digestOf(file, request.data, context),
      items: file.items.length,
      documentsBy:
        request.documentPattern === null
          ? `field document, else ${file.kind === 'image' ? 'path of the image' : 'text'}`
          : `field document, else ${request.documentPattern.source} in the id`,
    };
    const tasks: TaskCalibration[] = [];
    for (const [task, own] of cases) {
      const certification = certify(own, options);
      const { chosen, time } = await choose(certification, task, { request, reading, context });
      tasks.push({
        task,
        cases: certification.cases,
        documents: certification.documents,
        tests: certification.tests,
        chosen,
        certificate:
          chosen === null ? null : certificateOf({ certification, chosen, options, seed: request.seed, data, time, date: request.date }),
        shortfall: chosen === null ? shortfallOf(certification, request.epsilon) : null,
        uncovered: certification.uncovered,
      });
    }
    const certified = tasks.some(({ chosen }) => chosen !== null);
    const findings = new Map(
      tasks.map(({ task, chosen, certificate }): [string, TaskFinding] => [
        task,
        chosen === null ? null : { policy: chosen.policy, certificate: certificate! },
      ]),
    );
    const written =
      request.dryRun || !certified ? null : await writeManifest(modelDir, model.sha256, (text) => updatedManifest(text, name, findings));
    const { version, sha256, layers } = model;
    const report: CalibrationReport = {
      formatVersion: 1,
      model: { name: model.name, version, sha256, layers },
      data: { file: request.data, items: file.items.length, excluded, sha256: data.sha256 },
      name,
      tasks,
      unknownLabels,
      written,
    };
    if (request.json !== null) await writeWhole(request.json, `${JSON.stringify(report, null, 1)}\n`);
    await write(stdout, calibrationTables(report, request));
    if (!certified) throw notCertified(request);
    return 0;
  } finally {
    await sweep.close();
  }
}

interface Surroundings {
  readonly reading: FileReading;
  readonly context: Pick<CliContext, 'stderr' | 'signal'>;
}

/** The tasks to calibrate. */
function askedTasks(file: LabelledFile, { model }: AnySweep, request: CalibrateRequest): readonly ScoredTask[] {
  const asked = chosenTasks(request.task, scoredTasks(file, model));
  const tasks = request.task === null && asked.length > 1 ? asked.filter((task) => task !== 'adverse-events') : asked;
  if (tasks.includes('stream') && request.risk === 'worse')
    throw usage('--loss worse needs labels; notes without labels can show --loss differs alone');
  if (tasks.includes('stream') && request.perClass === 'gold')
    throw usage("--per-class gold needs labels; notes without labels can show --per-class full-depth, the classes of full depth's answers");
  return tasks;
}

/** Cases of tasks that the file can show, by task of the model. */
async function allCases(
  tasks: readonly ScoredTask[],
  file: LabelledFile,
  policies: readonly ExitPolicy[],
  { reading, context: { stderr, signal } }: Surroundings,
) {
  const cases = new Map<string, Case[]>();
  const unknownLabels: Record<string, number> = {};
  const collector = {
    policies,
    cases: (found: readonly Case[]) => {
      for (const one of found) {
        if (!cases.has(one.task)) cases.set(one.task, []);
        cases.get(one.task)!.push(one);
      }
    },
    wantsProbes: () => false,
    probes: () => undefined,
  };
  for (const task of tasks) {
    const progress = progressOn(stderr)(`calibrate ${task}`);
    const steps = countSteps(progress, 'items');
    const onProgress = (items: number, total: number) => {
      signal.throwIfAborted();
      steps(items, total);
    };
    const nothing = async () => undefined;
    const report = await scoreFile(task, file, {
      ...reading,
      views: [],
      collector,
      onPrediction: nothing,
      onRows: nothing,
      onProgress,
    }).finally(() => progress.end());
    for (const [label, times] of Object.entries(report.unknownLabels)) unknownLabels[label] = (unknownLabels[label] ?? 0) + times;
  }
  return { cases, unknownLabels };
}

/** The certified policy that costs least: in tokens times layers, or, among those that cost least so, in measured time. */
async function choose(
  { tests }: Certification,
  task: string,
  { request, reading, context: { stderr, signal } }: Surroundings & { readonly request: CalibrateRequest },
): Promise<{ chosen: PolicyTest | null; time: MeasuredTime | null }> {
  const best = cheapest(tests);
  if (best === null || !request.time) return { chosen: best, time: null };
  const rows = await reading.rowsToTime(task, MEASURED.maxRows);
  const candidates = tests
    .filter(({ certified }) => certified)
    .toSorted((a, b) => a.tokenLayers - b.tokenLayers)
    .slice(0, MEASURED_PAIRS);
  const progress = progressOn(stderr)(`measure ${task}`);
  const steps = countSteps(progress, 'rounds');
  const sides = candidates.map(({ policy }, index) => ({ name: String(index), policyOf: () => policy }));
  const times = await measurePolicies(rows, sides, {
    ...MEASURED,
    batchSizes: [Math.min(MEASURED_BATCH_ROWS, rows.length)],
    modelDir: request.modelDir,
    model: reading.model,
    onRound: (rounds) => {
      signal.throwIfAborted();
      steps(1, rounds);
    },
  }).finally(() => progress.end());
  const timeOf = (test: PolicyTest) => times.find(({ name }) => name === String(candidates.indexOf(test)))!;
  const chosen = cheapest(candidates, (test) => 1 / timeOf(test).speedUp.steady)!;
  const { speedUp, batchRows } = timeOf(chosen);
  return { chosen, time: { speedUp: speedUp.steady, batchRows } };
}

async function checkName({ modelDir, name }: CalibrateRequest): Promise<void> {
  updatedManifest(await readFile(join(modelDir, 'manifest.json'), 'utf8'), name, new Map());
}

/** The items used, as they were read, one JSON a line; those of images with the SHA-256 of the image, whose path says nothing. */
async function digestOf(file: LabelledFile, path: string, context: CliContext): Promise<string> {
  const images = file.kind === 'image' ? await imageDigests(file.items, path, context) : [];
  const hash = createHash('sha256');
  for (const [index, { item }] of file.items.entries())
    hash.update(`${JSON.stringify('image' in item ? { ...item, sha256: images[index] } : item)}\n`);
  return hash.digest('hex');
}

const usage = (message: string) => new EpeeError('USAGE_INVALID', message, { stage: 'cli' });

const notCertified = ({ epsilon, delta }: CalibrateRequest) =>
  new EpeeError(
    'POLICY_NOT_CERTIFIED',
    `no exit policy keeps the risk at or below ${epsilon} with confidence ${1 - delta} on these data; the package is as it was`,
    {
      stage: 'cli',
      hint: 'The table says what was missing. More documents, a higher --risk or a lower --confidence help; --dry-run tries without writing.',
    },
  );
