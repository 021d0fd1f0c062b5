import type { AnyRow } from '@epee/model';

/** An item with one label. `row` is null where nothing can be asked: a pair too far apart. */
export interface LabelledRow {
  readonly id: string;
  readonly document: string;
  /** Task of the model. */
  readonly task: string;
  readonly row: AnyRow | null;
  readonly label: string;
}

/** Rows that run together. */
export const PORTION = 128;

/** Cuts items into portions, in their order. */
export function* portionsOf<Item>(items: readonly Item[], size: number): Generator<readonly Item[]> {
  for (let start = 0; start < items.length; start += size) yield items.slice(start, start + size);
}
