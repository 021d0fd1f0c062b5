import { type Cells, type Column, tableRow } from '@epee/terminal';
import { type FigureTable, figureTables } from './figures.ts';
import type { BenchReport } from './report.ts';

const GAP = 2;
/** Share of the line that a table's first column may take. */
const MOST_OF_FIRST = 0.45;

/** The report for a terminal. @param width characters of a line */
export function benchText(report: BenchReport, width: number): string {
  const { machine, model, leftOut } = report;
  const { cpu, cores, onnxRuntime, node, loadBefore } = machine;
  const head = [
    `${cpu}, ${cores} cores; ONNX Runtime ${onnxRuntime}, Node ${node}; load before ${loadBefore.toFixed(1)}`,
    `${model.name} ${model.version}, policy ${model.policy}`,
    ...leftOut.map((reason) => `left out: ${reason}`),
  ].flatMap((line) => wrapped(line, width));
  const tables = figureTables(report).map(({ title, about, ...table }) =>
    [title, ...wrapped(`${about}.`, width), '', blocks(table, width)].join('\n'),
  );
  return [head.join('\n'), ...tables].join('\n\n');
}

/** The table; where it is wider than a line, its columns come in several blocks, each with the first column again. */
function blocks({ headings, rows }: Pick<FigureTable, 'headings' | 'rows'>, width: number): string {
  const [label, ...others] = headings.map((heading, at): SizedColumn => {
    const texts = [...heading.split(' '), ...rows.map((row) => row[at]!)];
    return { at, width: Math.max(...texts.map((text) => text.length)) };
  }) as [SizedColumn, ...SizedColumn[]];
  const whole = others.reduce((sum, column) => sum + GAP + column.width, label.width);
  const first = whole <= width ? label : { ...label, width: Math.min(label.width, Math.floor(MOST_OF_FIRST * width)) };
  const parts: SizedColumn[][] = [];
  let used = width;
  for (const column of others) {
    const fitted = { ...column, width: Math.min(column.width, width - first.width - GAP) };
    if (used + GAP + fitted.width > width) {
      parts.push([first]);
      used = first.width;
    }
    parts.at(-1)!.push(fitted);
    used += GAP + fitted.width;
  }
  return parts.map((part) => block(part, headings, rows)).join('\n\n');
}

interface SizedColumn {
  /** Which of the table's columns. */
  readonly at: number;
  readonly width: number;
}

function block(sized: readonly SizedColumn[], headings: readonly string[], rows: FigureTable['rows']): string {
  const columns = sized.map(({ at, width }): Column => ({ heading: '', width, align: at === 0 ? 'left' : 'right' }));
  const cells = (row: readonly string[]): Cells => sized.map(({ at, width }) => wrapped(row[at]!, width));
  const rule = sized.map(({ width }) => '-'.repeat(width));
  return [cells(headings), rule, ...rows.map(cells)].map((row) => tableRow(columns, row)).join('\n');
}

/** Text in lines that are broken between words. */
function wrapped(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1)!;
    if (line === '') lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}
