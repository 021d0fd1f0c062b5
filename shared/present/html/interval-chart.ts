import { type ChartOptions, figure, px, textAt, tip, WIDTH } from './frame.ts';
import type { Html } from './html.ts';
import { linearScale } from './scale.ts';

/** An estimate with its interval. */
export interface IntervalRow {
  readonly label: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** A chart of estimates, one per line. */
export interface IntervalChartOptions extends Omit<ChartOptions, 'yLabel' | 'yFormat' | 'height'> {
  readonly rows: readonly IntervalRow[];
  readonly xMin?: number;
  readonly xMax?: number;
  readonly xFormat?: (value: number) => string;
}

const ROW = 30;
const LEFT = 124;
const RIGHT = 72;
const TOP = 8;
const BOTTOM = 40;

/** Draws estimates with their intervals, one below the other, with their values on the right. */
export function intervalChart(options: IntervalChartOptions): Html {
  const { rows, xFormat = String, xLabel } = options;
  const height = TOP + ROW * rows.length + BOTTOM;
  const x = linearScale({
    values: rows.flatMap(({ value, low, high }) => [value, low, high]),
    ...(options.xMin === undefined ? {} : { min: options.xMin }),
    ...(options.xMax === undefined ? {} : { max: options.xMax }),
    from: LEFT,
    to: WIDTH - RIGHT,
  });
  const foot = height - BOTTOM;
  const drawing = [
    ...x.ticks.map((tick) => {
      const at = px(x.place(tick));
      return `<line class="grid" x1="${at}" x2="${at}" y1="${TOP}" y2="${foot}"/>${textAt(x.place(tick), foot + 16, xFormat(tick), 'middle')}`;
    }),
    ...rows.map((row, at) => drawRow(row, TOP + ROW * (at + 0.5), x.place, xFormat)),
    xLabel === undefined ? '' : textAt((LEFT + WIDTH - RIGHT) / 2, height - 6, xLabel, 'middle'),
  ];
  return figure(options, [], height, drawing.join('\n'));
}

function drawRow({ label, value, low, high }: IntervalRow, y: number, place: (value: number) => number, format: (value: number) => string) {
  const name = textAt(LEFT - 10, y + 4, label, 'end', 'label');
  if (!Number.isFinite(value)) return `${name}${textAt(LEFT, y + 4, 'nothing to compare', 'start')}`;
  const said = tip(`${label}: ${format(value)} (${format(low)} to ${format(high)})`);
  return `<g class="s1">${name}<line class="range" x1="${px(place(low))}" x2="${px(place(high))}" y1="${px(y)}" y2="${px(y)}"/><circle class="fill" cx="${px(place(value))}" cy="${px(y)}" r="5">${said}</circle>${textAt(WIDTH - 6, y + 4, format(value), 'end', 'label')}</g>`;
}
