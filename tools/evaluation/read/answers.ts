import type { Sweep, SweepRow } from '@epee/engine';
import type { AnyRow, LoadedModel } from '@epee/model';

/** Every layer's answers of a model to rows. */
export interface LayerAnswers {
  readonly model: LoadedModel;
  /** Every layer's logits of rows, in their order. */
  layersOf(rows: readonly AnyRow[]): Promise<SweepRow[]>;
  /** Forgets the rows so far: all layers' logits of a row take hundreds of kilobytes. */
  forget(): void;
}

/**
 * Answers over a sweep. Rows with the same tokens run once, however often they are asked about; a
 * row of an image runs once as the object that it is.
 */
export function createAnswers({ model, run }: Pick<Sweep<AnyRow>, 'model' | 'run'>): LayerAnswers {
  const known = new Map<AnyRow | string, SweepRow>();
  return {
    model,
    async layersOf(rows) {
      const keys = rows.map(keyOf);
      const missing = new Map(keys.map((key, index) => [key, rows[index]!] as const).filter(([key]) => !known.has(key)));
      const found = missing.size === 0 ? [] : await run([...missing.values()]);
      for (const [index, key] of [...missing.keys()].entries()) known.set(key, found[index]!);
      return keys.map((key) => known.get(key)!);
    },
    forget: () => known.clear(),
  };
}

function keyOf(row: AnyRow): AnyRow | string {
  if ('pixels' in row) return row;
  const { task, tokenIds, wordMask, markers } = row;
  return `${task} ${tokenIds.join()} ${wordMask?.join()} ${markers?.join()}`;
}
