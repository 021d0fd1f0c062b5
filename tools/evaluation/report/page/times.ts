import { barChart, type Content, type PageSection, table } from '@epee/html';
import { right } from '../columns.ts';
import type { SideTime } from '../report.ts';

/** What the policies took. */
export function timeSection(task: string, times: readonly SideTime[]): PageSection {
  const names = [...new Set(times.map(({ name }) => name))].filter((name) => name !== 'full depth');
  const sizes = [...new Set(times.map(({ batchRows }) => batchRows))];
  const timeOf = (name: string, size: number) => times.find((one) => one.name === name && one.batchRows === size)!;
  const chart = barChart({
    title: 'Time of full depth over that with exits',
    xLabel: 'rows per batch',
    yLabel: 'times as fast',
    categories: sizes.map(String),
    series: names.map((name) => ({
      name,
      bars: sizes.map((size) => {
        const { steady, lowest, highest } = timeOf(name, size).speedUp;
        return { value: steady, low: lowest, high: highest };
      }),
    })),
    caption: 'Each batch counts with its median over the rounds; whiskers from the lowest round to the highest.',
  });
  const rows = times.map(({ name, batchRows, rowMs, speedUp, tokenSpeedUp }): Content[] => [
    String(batchRows),
    name,
    rowMs.toFixed(2),
    `${speedUp.steady.toFixed(2)} (${speedUp.lowest.toFixed(2)} to ${speedUp.highest.toFixed(2)})`,
    tokenSpeedUp.toFixed(2),
    (speedUp.steady / tokenSpeedUp).toFixed(2),
  ]);
  return {
    title: `${task}: measured time`,
    about:
      'The exit graph in fp32 on one thread; all sides ran the same batches in turns in one run. Efficiency is the time saved over the token-layers saved.',
    content: [
      chart,
      table(
        [
          right('batch'),
          { heading: 'policy' },
          right('ms per row'),
          right('times as fast'),
          right('token-layers, times fewer'),
          right('efficiency'),
        ],
        rows,
      ),
    ],
  };
}
