import { type Column, tableHead, tableRow } from '@epee/terminal';
import { type FigureTable, figureTables } from './figures.ts';
import type { BenchReport } from './report.ts';

/** The report as text for a terminal. */
export function benchTables(report: BenchReport): string {
  const { machine, model, leftOut } = report;
  const head = [
    `${machine.cpu}, ${machine.cores} cores; ONNX Runtime ${machine.onnxRuntime}, Node ${machine.node}; load before ${machine.loadBefore.toFixed(1)}`,
    `${model.name} ${model.version}, policy ${model.policy}`,
    ...leftOut.map((reason) => `left out: ${reason}`),
  ];
  return `${[head.join('\n'), ...figureTables(report).map(table)].join('\n\n')}\n`;
}

function table({ title, about, headings, rows }: FigureTable): string {
  const columns = headings.map((heading, index): Column => {
    const width = Math.max(heading.length, ...rows.map((row) => row[index]!.length));
    return { heading, width, align: index === 0 ? 'left' : 'right' };
  });
  return [title, about, tableHead(columns), ...rows.map((row) => tableRow(columns, row))].join('\n');
}
