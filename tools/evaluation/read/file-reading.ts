import type { AnySweep } from '@epee/engine';
import type { DecodeLimits } from '@epee/imaging';
import { createLabelledImages, type LabelledFile } from '@epee/labelled-data';
import type { AnyRow } from '@epee/model';
import { spread } from '@epee/timing';
import { createAnswers } from './answers.ts';
import type { ScoredTask } from './scored-tasks.ts';
import { type TaskReading, taskReading } from './task-reading.ts';

/** How a model reads a labelled file. */
export interface FileReading {
  /** @param task one that `scoredTasks` has found */
  task(task: ScoredTask): Promise<TaskReading>;
  /**
   * Rows to measure times with: those of a task of the model that ran, else all that ran, each
   * once. Of images at most `most`, evenly spread over the file and decoded again, since all of
   * them would not fit into memory.
   */
  rowsToTime(task: ScoredTask, most: number): Promise<readonly AnyRow[]>;
}

/** Where a labelled file is, and the limits of the pipeline that its images are decoded with. */
export interface FileReadingOptions {
  readonly path: string;
  readonly imageLimits: DecodeLimits;
}

/**
 * Lets a model read a file.
 * @param file one that `scoredTasks` found tasks for
 */
export function openReading(
  { model, tokenizer, run }: AnySweep,
  file: LabelledFile,
  { path, imageLimits }: FileReadingOptions,
): FileReading {
  const images = file.kind === 'image' ? createLabelledImages({ path, input: model.image!, limits: imageLimits }) : null;
  const seen: AnyRow[] = [];
  const answers = createAnswers({
    model,
    run: (rows) => {
      if (images === null) for (const row of rows) seen.push(row);
      return run(rows);
    },
  });
  return {
    task: (task) => taskReading(task, file, { answers, tokenizer, images }),
    async rowsToTime(task, most) {
      if (file.kind !== 'image') return model.tasks.some(({ name }) => name === task) ? seen.filter((row) => row.task === task) : seen;
      const labelled = await images!.rows(spread(file.items, most), task);
      return labelled.flatMap(({ row }) => (row === null ? [] : [row]));
    },
  };
}
