import { readFile } from 'node:fs/promises';
import type { Environment } from '@epee/config';
import { createEngine, loadPackage } from '@epee/engine';
import { policyOf } from '@epee/model';
import type { CliContext } from '@epee/terminal';
import { checkOutput, countSteps, progressOn, write, writeWhole } from '@epee/terminal';
import { type BenchRows, benchRows } from './bench-rows.ts';
import { thisMachine } from './machine.ts';
import { exitRounds, measureExits } from './measure-exits.ts';
import { measurePeers, peerRounds } from './measure-peers.ts';
import { measurePipeline, pipelineResults } from './measure-pipeline.ts';
import { measureTransactions, transactionResults } from './measure-transactions.ts';
import { benchmarkPage } from './page.ts';
import { BENCH_PARTS, type BenchPart, type BenchReport, type ExitMeasurement, type PeerMeasurement } from './report.ts';
import { checkData, noteSource, rowSources } from './sources.ts';
import { benchTables } from './terminal.ts';
import { trainerPython } from './torch-process.ts';
import { openTransformersJs } from './transformers-js.ts';

/** What `epee bench` was asked for. */
export interface BenchRequest {
  /** Options of engine and services, the model's folder among them. */
  readonly env: Environment;
  readonly modelDir: string;
  readonly policy: string;
  /** Folder with phee and aci_bench; null: the sample notes. */
  readonly data: string | null;
  readonly parts: readonly BenchPart[];
  readonly rows: number;
  readonly rounds: number;
  readonly batchSizes: readonly number[];
  readonly notes: number;
  /** Null: the trainer's own, where it is set up. */
  readonly python: string | null;
  readonly json: string | null;
  readonly page: string | null;
}

const PRECISIONS = ['fp32', 'int8'] as const;

/** Measures, and shows and writes what came out. */
export async function runBench({ stdout, stderr, signal }: CliContext, request: BenchRequest): Promise<number> {
  checkOutput('--json', request.json);
  checkOutput('--write', request.page);
  checkData(request.data);
  const startMs = performance.now();
  const machine = thisMachine();
  const { parts, modelDir } = request;
  const model = await modelOf(request);
  const rows = parts.includes('exits') || parts.includes('peers') ? await allRows(request) : [];
  const steps = (what: string, unit: string, total: number) => {
    const progress = progressOn(stderr)(what);
    const add = countSteps(progress, unit);
    return {
      step: () => {
        signal.throwIfAborted();
        add(1, total);
      },
      count: (steps: number) => add(steps, total),
      line: progress.line,
      end: progress.end,
    };
  };

  const exits: ExitMeasurement[] = [];
  if (parts.includes('exits')) {
    const progress = steps('bench exits', 'rounds', exitRounds(request) * rows.length * PRECISIONS.length);
    for (const precision of PRECISIONS) {
      exits.push(...(await measureExits(rows, { ...request, layers: model.layers, precision, onRound: progress.step })));
    }
    progress.end();
  }

  const leftOut: string[] = [];
  const peers: PeerMeasurement[] = [];
  const python = request.python ?? trainerPython();
  if (parts.includes('peers') && python === null)
    leftOut.push('PyTorch: no Python with the trainer’s requirements (--python, or services/trainer/.venv)');
  else if (parts.includes('peers')) {
    const progress = steps('bench peers', 'rounds', peerRounds(request) * rows.length);
    const opened = await openTransformersJs(modelDir, { python: python!, onLine: progress.line });
    if (typeof opened === 'string') leftOut.push(opened);
    const transformersJs = typeof opened === 'string' ? null : opened;
    try {
      const options = { python: python!, modelDir, transformersJs, rounds: request.rounds, onRound: progress.step };
      for (const source of rows) peers.push(await measurePeers(source, options));
    } finally {
      await transformersJs?.close();
    }
    progress.end();
  }

  let pipeline = null;
  if (parts.includes('pipeline')) {
    const progress = steps('bench pipeline', 'results', pipelineResults(request.notes));
    const { env, notes } = request;
    pipeline = await measurePipeline(await noteSource(request.data), {
      env,
      notes,
      signal,
      onLine: progress.line,
      onResults: progress.count,
    });
    progress.end();
  }

  let transactions = null;
  if (parts.includes('transactions')) {
    const progress = steps('bench transactions', 'results', transactionResults(request.notes));
    const { env, notes } = request;
    transactions = await measureTransactions(await noteSource(request.data), {
      env,
      notes,
      signal,
      onLine: progress.line,
      onResults: progress.count,
    });
    progress.end();
  }

  const report: BenchReport = {
    formatVersion: 3,
    date: new Date().toISOString().slice(0, 10),
    seconds: (performance.now() - startMs) / 1000,
    command: commandOf(request),
    machine,
    model,
    exits: parts.includes('exits') ? exits : null,
    peers: peers.length > 0 ? peers : null,
    pipeline,
    transactions,
    leftOut,
  };
  await write(stdout, benchTables(report));
  if (request.json !== null) await writeWhole(request.json, `${JSON.stringify(report, null, 1)}\n`);
  if (request.page !== null) await writeWhole(request.page, benchmarkPage(report, await readFile(request.page, 'utf8').catch(() => '')));
  return 0;
}

function commandOf({ data, parts, policy, rows, rounds, batchSizes, notes }: BenchRequest): string {
  const which = [...(data === null ? [] : ['--data DATA']), ...(parts.length < BENCH_PARTS.length ? [`--only ${parts.join(' ')}`] : [])];
  return [
    'epee bench',
    ...which,
    `--policy ${policy} --rows ${rows} --rounds ${rounds} --batches ${batchSizes.join(' ')} --notes ${notes}`,
  ].join(' ');
}

async function modelOf({ modelDir, policy }: BenchRequest): Promise<BenchReport['model']> {
  const { manifest, sha256 } = await loadPackage(modelDir);
  const { name, version, backbone, tasks } = manifest;
  const named = { policy, given: `--policy ${policy}`, stage: 'cli' } as const;
  const policies = tasks.map((task) => [task.name, policyOf(task, named, name)] as const);
  return {
    name,
    version,
    sha256,
    layers: backbone.layers,
    hidden: backbone.hidden,
    policy,
    policies: Object.fromEntries(policies) as BenchReport['model']['policies'],
  };
}

async function allRows({ modelDir, data, policy, rows: count }: BenchRequest): Promise<BenchRows[]> {
  const sources = await rowSources(data);
  const engine = await createEngine({ modelDir });
  try {
    const found: BenchRows[] = [];
    for (const source of sources) found.push(await benchRows(source, engine, policy, count));
    return found;
  } finally {
    await engine.close();
  }
}
