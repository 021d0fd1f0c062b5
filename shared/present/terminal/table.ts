/** A column of a table: its heading and its width in characters. */
export interface Column {
  readonly heading: string;
  readonly width: number;
  readonly align?: 'left' | 'right';
  /** Width down to which {@link fitColumns} may shrink it. @default width: not at all */
  readonly least?: number;
}

const GAP = '  ';

/** One row: a cell holds one line or several. */
export type Cells = readonly (string | readonly string[])[];

/** A whole table: each column as wide as its longest cell, and no wider than `width` together, as far as `least` allows. */
export function tableText(columns: readonly Omit<Column, 'width'>[], rows: readonly Cells[], width: number): string {
  const sized = columns.map((column, at): Column => {
    const lengths = rows.flatMap((row) => [row[at] ?? ''].flat()).map((line) => [...line].length);
    return { ...column, width: Math.max(column.heading.length, ...lengths) };
  });
  const fitted = fitColumns(sized, width);
  return [tableHead(fitted), ...rows.map((row) => tableRow(fitted, row))].join('\n');
}

/** The columns, no wider than `width` together: the widest one that may still shrink gives way first. */
export function fitColumns(columns: readonly Column[], width: number): Column[] {
  const fitted = columns.map((column) => ({ ...column }));
  for (let over = fitted.reduce((sum, column) => sum + column.width + GAP.length, -GAP.length) - width; over > 0; over--) {
    const [widest] = fitted.filter((column) => column.width > (column.least ?? column.width)).sort((a, b) => b.width - a.width);
    if (widest === undefined) break;
    widest.width -= 1;
  }
  return fitted;
}

/** The heading with a rule under it. */
export function tableHead(columns: readonly Column[]): string {
  return [
    formatLine(
      columns,
      columns.map(({ heading }) => heading),
    ),
    columns.map(({ width }) => '-'.repeat(width)).join(GAP),
  ].join('\n');
}

/** A row, as high as its highest cell; longer lines are cut with an ellipsis. */
export function tableRow(columns: readonly Column[], cells: Cells): string {
  const lines = cells.map((cell) => (typeof cell === 'string' ? [cell] : cell));
  const height = Math.max(1, ...lines.map((cell) => cell.length));
  return Array.from({ length: height }, (_, at) =>
    formatLine(
      columns,
      lines.map((cell) => cell[at] ?? ''),
    ),
  ).join('\n');
}

function formatLine(columns: readonly Column[], cells: readonly string[]): string {
  return columns
    .map((column, at) => fit(cells[at] ?? '', column))
    .join(GAP)
    .trimEnd();
}

function fit(text: string, { width, align = 'left' }: Column): string {
  const characters = [...text.replace(/\p{Cc}+/gu, ' ')];
  const cut = characters.length > width ? `${characters.slice(0, width - 1).join('')}…` : characters.join('');
  const padding = ' '.repeat(Math.max(0, width - [...cut].length));
  return align === 'left' ? cut + padding : padding + cut;
}
