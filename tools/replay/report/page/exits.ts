import { barChart, figures, type Html, type PageSection, table } from '@epee/html';
import { count } from '@epee/terminal';
import { right } from '../columns.ts';
import type { VariantReport } from '../report.ts';
import { digits, percentOf } from '../words.ts';

/** Where rows left the model, and why. */
export function exitsSection(variants: readonly VariantReport[]): PageSection {
  const tasks = [...new Set(variants.flatMap(({ exits }) => Object.keys(exits)))];
  const columns = ['rows', 'by entropy', 'by patience', 'at the last layer', 'mean entropy at the exit'].map(right);
  return {
    title: 'Exits by layer',
    about: 'Every row that was run, those in which nothing was found included. Sections with a standard heading need no row.',
    content: [
      figures(tasks.map((task) => exitChart(task, variants))),
      table([{ heading: 'variant' }, { heading: 'task' }, ...columns], variants.flatMap(reasonRows)),
    ],
  };
}

function exitChart(task: string, variants: readonly VariantReport[]): Html {
  const own = variants.filter(({ exits }) => exits[task] !== undefined);
  const layers = Array.from({ length: Math.max(...own.map(({ exits }) => exits[task]!.layers.length)) }, (_, at) => at);
  return barChart({
    title: task,
    xLabel: 'exit layer',
    yLabel: 'share of rows',
    categories: layers.map((at) => String(at + 1)),
    series: own.map(({ id, policy, exits }) => {
      const { rows, layers: left } = exits[task]!;
      const share = (at: number) => {
        const layer = left[at];
        return layer === undefined ? 0 : (layer.entropy + layer.patience + layer.final) / rows;
      };
      return { name: `${id} (${policy})`, bars: layers.map((at) => ({ value: share(at) })) };
    }),
    yFormat: (share) => `${Math.round(100 * share)} %`,
    height: 240,
  });
}

const reasonRows = ({ id, exits }: VariantReport): string[][] =>
  Object.entries(exits).map(([task, { rows, meanEntropy, layers }]) => {
    const sum = (reason: 'entropy' | 'patience' | 'final') => layers.reduce((all, layer) => all + layer[reason], 0);
    const shares = [sum('entropy'), sum('patience'), sum('final')].map((left) => percentOf(left / rows));
    return [id, task, count(rows), ...shares, digits(meanEntropy, 4)];
  });
