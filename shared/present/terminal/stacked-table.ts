import { type Cells, type Column, tableText } from './table.ts';

const GAP = 2;

/**
 * A table that is no wider than `width`: columns that do not fit beside the others follow in a
 * table below, with the first column again. A row without a cell there is left out of it.
 */
export function stackedTable(columns: readonly Omit<Column, 'width'>[], rows: readonly Cells[], width: number): string {
  const needed = columns.map(({ heading, least }, at) => {
    const own = Math.max(heading.length, ...rows.flatMap((row) => [row[at] ?? ''].flat()).map((line) => [...line].length));
    return Math.min(own, least ?? own);
  });
  const stacks: number[][] = [[]];
  let used = needed[0]!;
  for (const [at, own] of needed.entries()) {
    if (at === 0) continue;
    if (used + GAP + own > width && stacks.at(-1)!.length > 0) {
      stacks.push([]);
      used = needed[0]!;
    }
    stacks.at(-1)!.push(at);
    used += GAP + own;
  }
  const tables = stacks.map((own, stack) => {
    const shown = rows.filter((row) => stack === 0 || own.some((at) => (row[at] ?? '') !== ''));
    const places = [0, ...own];
    return tableText(
      places.map((at) => columns[at]!),
      shown.map((row) => places.map((at) => row[at] ?? '')),
      width,
    );
  });
  return tables.join('\n\n');
}
