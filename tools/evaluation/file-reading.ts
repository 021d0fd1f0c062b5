import { cliConfig, type Environment } from '@epee/config';
import type { AnySweep } from '@epee/engine';
import type { LabelledFile } from '@epee/labelled-data';
import { createLabelledImages } from '@epee/labelled-data';
import type { AnyRow } from '@epee/model';
import { spread } from '@epee/timing';
import type { ScoredTask } from './report.ts';
import type { FileTools } from './score-file.ts';
import { sweepAnswers } from './sweep-answers.ts';

/** How a model reads a labelled file: what turns its items into rows, and what answers them. */
export interface FileReading extends Pick<FileTools, 'model' | 'tokenizer' | 'images' | 'answers'> {
  /**
   * Rows to measure times with: of a task of the model those that ran, else all that ran, each once. Of images at most `most`, evenly spread over the file and decoded again,
   * since all of them would not fit into memory.
   */
  rowsToTime(task: ScoredTask, most: number): Promise<readonly AnyRow[]>;
}

/** Where a labelled file lies, and the options of the pipeline that its images are read with. */
export interface FileReadingOptions {
  readonly path: string;
  readonly env: Environment;
}

/**
 * Lets a model read a file.
 * @param file one that `scoredTasks` found tasks for
 * @throws EpeeError CONFIG_INVALID where the file holds images and an option is wrong
 */
export function createFileReading({ model, tokenizer, run }: AnySweep, file: LabelledFile, { path, env }: FileReadingOptions): FileReading {
  const images = file.kind === 'image' ? createLabelledImages({ path, input: model.image!, limits: cliConfig(env).images.limits }) : null;
  const seen: AnyRow[] = [];
  const answers = sweepAnswers({
    model,
    run: (rows) => {
      if (images === null) for (const row of rows) seen.push(row);
      return run(rows);
    },
  });
  return {
    model,
    tokenizer,
    images,
    answers,
    async rowsToTime(task, most) {
      if (file.kind !== 'image') return model.tasks.some(({ name }) => name === task) ? seen.filter((row) => row.task === task) : seen;
      const labelled = await images!.rows(spread(file.items, most), task);
      return labelled.flatMap(({ row }) => (row === null ? [] : [row]));
    },
  };
}
