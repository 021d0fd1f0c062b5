import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { write } from '@epee/terminal';
import type { Prediction } from './report/report.ts';

/** A file that predictions are written to, one JSON object per line. */
export interface PredictionFile {
  add(prediction: Prediction): Promise<void>;
  end(): Promise<void>;
}

/** A file of predictions, made with the first: data that cannot be read must not cost an older file. */
export function predictionFile(path: string): PredictionFile {
  let file: ReturnType<typeof createWriteStream> | undefined;
  return {
    add: async (prediction) => {
      file ??= createWriteStream(path);
      await write(file, `${JSON.stringify(prediction)}\n`);
    },
    end: async () => {
      if (file !== undefined) await finished(file.end());
    },
  };
}
