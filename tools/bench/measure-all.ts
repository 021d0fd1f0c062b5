import type { Environment } from '@epee/config';
import { createEngine, loadPackage } from '@epee/engine';
import { policyOf } from '@epee/model';
import { countSteps, type Progress, type Watch } from '@epee/terminal';
import { type BenchRows, benchRows } from './bench-rows.ts';
import { thisMachine } from './machine.ts';
import { exitRounds, measureExits } from './measure-exits.ts';
import { LATENCY_ROWS, measureLatency } from './measure-latency.ts';
import { measurePeers, peerRounds } from './measure-peers.ts';
import { measurePipeline, type PipelineOptions, pipelineResults } from './measure-pipeline.ts';
import { measureTransactions, transactionResults } from './measure-transactions.ts';
import type { BenchPart, BenchReport, ExitMeasurement, PeerMeasurement } from './report.ts';
import { checkData, noteSource, rowSources, type Source } from './sources.ts';
import { trainerPython } from './torch-process.ts';
import { openTransformersJs } from './transformers-js.ts';

/** What is measured. */
export interface BenchRequest {
  readonly modelDir: string;
  readonly policy: string;
  /** Folder with phee and aci_bench; null: the sample notes. */
  readonly data: string | null;
  readonly parts: readonly BenchPart[];
  /** Rows of each kind. */
  readonly rows: number;
  readonly rounds: number;
  readonly batchSizes: readonly number[];
  /** Notes through the pipeline. */
  readonly notes: number;
  /** Time of each row of latency. @default 20 */
  readonly seconds?: number;
  /** Null: the trainer's own, where it is set up. */
  readonly python: string | null;
  /** What measures the same again, for the report. */
  readonly command: string;
}

const PRECISIONS = ['fp32', 'int8'] as const;
const LATENCY_SECONDS = 20;

/**
 * Measures the parts that were asked for, one after the other.
 * @param env options of engine, services and Python processes, the model's folder among them
 * @throws EpeeError USAGE_INVALID (data, Python), POLICY_UNKNOWN, what keeps a part from starting; the reason of `signal` when it is aborted
 */
export async function measureAll(request: BenchRequest, env: Environment, watch: Watch): Promise<BenchReport> {
  checkData(request.data);
  const startMs = performance.now();
  const machine = thisMachine();
  const model = await modelOf(request);
  const isWanted = (part: BenchPart) => request.parts.includes(part);
  const rows = isWanted('exits') || isWanted('peers') ? await allRows(request) : [];
  const exits = isWanted('exits') ? await allExits(rows, { ...request, layers: model.layers }, watch) : null;
  const { peers, leftOut } = isWanted('peers') ? await allPeers(rows, { ...request, env }, watch) : { peers: [], leftOut: [] };
  const { data, notes } = request;
  /** Null where the part is not wanted. */
  const sending = async <T>(part: BenchPart, results: number, measure: (source: Source, options: PipelineOptions) => Promise<T>) => {
    if (!isWanted(part)) return null;
    return withSteps(watch, { what: `bench ${part}`, unit: 'results', total: results }, async ({ add, line }) =>
      measure(await noteSource(data), { env, notes, signal: watch.signal, onLine: line, onResults: add }),
    );
  };
  return {
    formatVersion: 3,
    date: new Date().toISOString().slice(0, 10),
    command: request.command,
    machine,
    model,
    exits,
    peers: peers.length > 0 ? peers : null,
    pipeline: await sending('pipeline', pipelineResults(notes), measurePipeline),
    transactions: await sending('transactions', transactionResults(notes), measureTransactions),
    latency: isWanted('latency')
      ? await withSteps(watch, { what: 'bench latency', unit: 'rows', total: LATENCY_ROWS }, async ({ step, line }) =>
          measureLatency(await noteSource(data), {
            env,
            seconds: request.seconds ?? LATENCY_SECONDS,
            signal: watch.signal,
            onLine: line,
            onRow: step,
          }),
        )
      : null,
    leftOut,
    seconds: (performance.now() - startMs) / 1000,
  };
}

interface Steps {
  /** Counts one step. @throws the reason of the signal when it is aborted */
  step(): void;
  add(steps: number): void;
  line: Progress['line'];
}

async function withSteps<T>(
  { startProgress, signal }: Watch,
  { what, unit, total }: { readonly what: string; readonly unit: string; readonly total: number },
  work: (steps: Steps) => Promise<T>,
): Promise<T> {
  const progress = startProgress(what);
  const add = countSteps(progress, unit);
  const step = () => {
    signal.throwIfAborted();
    add(1, total);
  };
  return work({ step, add: (steps) => add(steps, total), line: progress.line }).finally(progress.end);
}

type ExitRequest = Pick<BenchRequest, 'modelDir' | 'batchSizes' | 'rounds'> & { readonly layers: number };

function allExits(rows: readonly BenchRows[], request: ExitRequest, watch: Watch): Promise<ExitMeasurement[]> {
  const total = exitRounds(request) * rows.length * PRECISIONS.length;
  return withSteps(watch, { what: 'bench exits', unit: 'rounds', total }, async ({ step }) => {
    const exits: ExitMeasurement[] = [];
    for (const precision of PRECISIONS) exits.push(...(await measureExits(rows, { ...request, precision, onRound: step })));
    return exits;
  });
}

interface Peers {
  readonly peers: readonly PeerMeasurement[];
  /** What could not be measured, in words. */
  readonly leftOut: readonly string[];
}

type PeerRequest = Pick<BenchRequest, 'modelDir' | 'rounds' | 'python'> & { readonly env: Environment };

async function allPeers(rows: readonly BenchRows[], request: PeerRequest, watch: Watch): Promise<Peers> {
  const { modelDir, rounds, env } = request;
  const python = request.python ?? trainerPython();
  if (python === null) return { peers: [], leftOut: ['PyTorch: no Python was named, and services/trainer/.venv is not set up'] };
  return withSteps(watch, { what: 'bench peers', unit: 'rounds', total: peerRounds(request) * rows.length }, async ({ step, line }) => {
    const opened = await openTransformersJs(modelDir, { python, env, onLine: line });
    const transformersJs = typeof opened === 'string' ? null : opened;
    const peers: PeerMeasurement[] = [];
    try {
      for (const source of rows) peers.push(await measurePeers(source, { python, env, modelDir, transformersJs, rounds, onRound: step }));
    } finally {
      await transformersJs?.close();
    }
    return { peers, leftOut: typeof opened === 'string' ? [opened] : [] };
  });
}

async function modelOf({ modelDir, policy }: BenchRequest): Promise<BenchReport['model']> {
  const { manifest, sha256 } = await loadPackage(modelDir);
  const { name, version, backbone, tasks } = manifest;
  const named = { policy, given: `policy ${policy}`, stage: 'cli' } as const;
  const policies = tasks.map((task) => [task.name, policyOf(task, named, name)] as const);
  return {
    name,
    version,
    sha256,
    layers: backbone.layers,
    hidden: backbone.hidden,
    policy,
    policies: Object.fromEntries(policies),
  };
}

async function allRows({ modelDir, data, policy, rows: count }: BenchRequest): Promise<BenchRows[]> {
  const sources = await rowSources(data);
  const engine = await createEngine({ modelDir });
  try {
    const found: BenchRows[] = [];
    for (const source of sources) found.push(await benchRows(source, { engine, policyName: policy, count }));
    return found;
  } finally {
    await engine.close();
  }
}
