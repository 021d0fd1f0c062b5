import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { createEngine, openSweep } from '@epee/engine';
import type { CliContext } from '../context.ts';
import { startSteps } from '../output/step-progress.ts';
import { write } from '../output/write.ts';
import { createEngineCheck } from './engine-check.ts';
import { chosenTasks, type DataRequest, readData } from './read-data.ts';
import type { EvaluationReport, Prediction, ScoredTask, TaskReport } from './report.ts';
import { scoreFile } from './score-file.ts';
import { scoredTasks } from './scored-tasks.ts';
import { sweepAnswers } from './sweep-answers.ts';
import { evaluationTables } from './tables.ts';
import { viewsOf } from './views.ts';

/** What `epee evaluate` was asked for. */
export interface EvaluateRequest extends DataRequest {
  readonly modelDir: string;
  /** Null: all that the file can show. */
  readonly task: ScoredTask | null;
  /** Null: all policies that every task has. */
  readonly policies: readonly string[] | null;
  readonly threads: number;
  /** Compare with the exit graph, too. */
  readonly engine: 'fp32' | 'int8' | null;
  readonly predictions: string | null;
  readonly json: string | null;
}

/** Scores a model package on labelled data and shows the tables. */
export async function runEvaluate({ stdout, stderr, signal }: CliContext, request: EvaluateRequest): Promise<number> {
  const { file, excluded } = await readData(request);
  const sweep = await openSweep(request.modelDir, { threads: request.threads });
  const engine =
    request.engine === null
      ? null
      : await createEngine({ modelDir: request.modelDir, threads: request.threads, precision: request.engine }).catch(closing(sweep));
  const predictions = request.predictions === null ? null : createWriteStream(request.predictions);
  try {
    const { model, tokenizer } = sweep;
    const tasks = chosenTasks(request.task, scoredTasks(file, model));
    const check = engine === null ? null : createEngineCheck(engine);
    const answers = sweepAnswers(sweep);
    const views = viewsOf(model, request.policies);
    const reports: TaskReport[] = [];
    for (const task of tasks) {
      const progress = startSteps(stderr, { what: `evaluate ${task}`, unit: 'items' });
      const tools = {
        model,
        tokenizer,
        answers,
        views,
        collector: null,
        onPrediction: async (prediction: Prediction) => {
          if (predictions !== null) await write(predictions, `${JSON.stringify(prediction)}\n`);
        },
        onRows: async (rows: Parameters<NonNullable<typeof check>['compare']>[0], view: (typeof views)[number]) =>
          check?.compare(rows, view, answers),
        onProgress: (items: number, total: number) => {
          signal.throwIfAborted();
          progress.done(items, total);
        },
      };
      reports.push(await scoreFile(task, file, tools).finally(() => progress.end()));
    }
    const { name, version, sha256, layers } = model;
    const report: EvaluationReport = {
      formatVersion: 1,
      model: { name, version, sha256, layers },
      data: { file: request.data, kind: file.kind, items: file.items.length, excluded },
      tasks: reports,
      engine: check?.agreement() ?? null,
    };
    if (request.json !== null) await writeFile(request.json, `${JSON.stringify(report, null, 1)}\n`);
    await write(stdout, evaluationTables(report));
    return 0;
  } finally {
    await Promise.all([sweep.close(), engine?.close(), predictions === null ? undefined : finished(predictions.end())]);
  }
}

const closing = (opened: { close(): Promise<void> }) => async (error: unknown) => {
  await opened.close();
  throw error;
};
