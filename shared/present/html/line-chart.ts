import {
  CHARACTER,
  type ChartOptions,
  figure,
  MARGIN,
  type NamedSeries,
  plain,
  px,
  textAt,
  textBelow,
  tip,
  WIDTH,
  xAxis,
  yAxis,
} from './frame.ts';
import type { Html } from './html.ts';
import { linearScale, type Scale } from './scale.ts';
import { seriesClass } from './theme.ts';

/** A point of a line. A value that is not finite leaves a gap. */
export interface LinePoint {
  readonly x: number;
  readonly y: number;
  /** Ends of an interval around y, drawn as a band. */
  readonly low?: number;
  readonly high?: number;
}

/** A line with its name. */
export interface LineSeries extends NamedSeries {
  readonly points: readonly LinePoint[];
}

/** A named point in the chart, such as a policy on a curve. */
export interface LineMark {
  readonly x: number;
  readonly y: number;
  readonly label: string;
  /** Series that gives its colour, counted from 0. @default 0 */
  readonly series?: number;
}

/** A line chart over a numeric x axis. */
export interface LineChartOptions extends ChartOptions {
  readonly series: readonly LineSeries[];
  readonly marks?: readonly LineMark[];
  readonly xFormat?: (value: number) => string;
  readonly xMin?: number;
  readonly xMax?: number;
  readonly yMin?: number;
  readonly yMax?: number;
  /** Whether each point has a dot. @default true up to 30 points per series */
  readonly dots?: boolean;
}

/** Draws lines, bands where points have intervals, and named marks. */
export function lineChart(options: LineChartOptions): Html {
  const { series, marks = [], xFormat = plain, height = 260 } = options;
  const points = [...series.flatMap((line) => line.points), ...marks];
  const x = linearScale({
    values: points.map((point) => point.x),
    ...(options.xMin === undefined ? {} : { min: options.xMin }),
    ...(options.xMax === undefined ? {} : { max: options.xMax }),
    ticks: 8,
    from: MARGIN.left,
    to: WIDTH - MARGIN.right,
  });
  const y = linearScale({
    values: points.flatMap((point) => ('low' in point ? [point.y, point.low ?? point.y, point.high ?? point.y] : [point.y])),
    ...(options.yMin === undefined ? {} : { min: options.yMin }),
    ...(options.yMax === undefined ? {} : { max: options.yMax }),
    from: height - MARGIN.bottom,
    to: MARGIN.top,
  });
  const scales: Scales = { x, y, xFormat, yFormat: options.yFormat ?? plain };
  const drawing = [
    yAxis(y, options, height),
    xAxis(options, height),
    ...apart(x.ticks.map((tick) => ({ at: x.place(tick), text: xFormat(tick) }))).map(({ at, text }) => textBelow(at, height, text)),
    ...series.map((line, at) => drawLine(line, at, scales, options.dots ?? line.points.length <= 30)),
    ...marks.map((mark) => drawMark(mark, scales)),
  ];
  return figure(options, series, height, drawing.join('\n'));
}

/** Labels that do not touch: all, or every n-th. */
function apart(labels: readonly { readonly at: number; readonly text: string }[]): { at: number; text: string }[] {
  const widest = CHARACTER * Math.max(0, ...labels.map(({ text }) => text.length)) + 12;
  const step = labels.length < 2 ? widest : labels[1]!.at - labels[0]!.at;
  const every = Math.max(1, Math.ceil(widest / step));
  return labels.filter((_, index) => index % every === 0);
}

interface Scales {
  readonly x: Scale;
  readonly y: Scale;
  readonly xFormat: (value: number) => string;
  readonly yFormat: (value: number) => string;
}

function drawLine({ name, points, colour }: LineSeries, at: number, { x, y, xFormat, yFormat }: Scales, dots: boolean): string {
  const runs = unbroken(points);
  const place = (px0: number, py: number) => `${px(x.place(px0))} ${px(y.place(py))}`;
  const bands = runs
    .filter((run) => run.length > 1 && run.every(({ low, high }) => Number.isFinite(low) && Number.isFinite(high)))
    .map((run) => {
      const over = run.map((point) => place(point.x, point.high!));
      const under = run.map((point) => place(point.x, point.low!)).reverse();
      return `<path class="band" d="M${[...over, ...under].join('L')}Z"/>`;
    });
  const curves = runs
    .filter((run) => run.length > 1)
    .map((run) => `<path class="curve" d="M${run.map((point) => place(point.x, point.y)).join('L')}"/>`);
  const shown = dots ? runs.flat() : runs.filter((run) => run.length === 1).flat();
  const circles = shown.map(
    (point) =>
      `<circle class="fill" cx="${px(x.place(point.x))}" cy="${px(y.place(point.y))}" r="3">${tip(`${name}: ${xFormat(point.x)}, ${yFormat(point.y)}`)}</circle>`,
  );
  return `<g class="${seriesClass(colour ?? at)}">${[...bands, ...curves, ...circles].join('')}</g>`;
}

/** Runs of points without a gap. */
function unbroken(points: readonly LinePoint[]): LinePoint[][] {
  const runs: LinePoint[][] = [[]];
  for (const point of points) {
    if (Number.isFinite(point.x) && Number.isFinite(point.y)) runs.at(-1)!.push(point);
    else if (runs.at(-1)!.length > 0) runs.push([]);
  }
  return runs.filter((run) => run.length > 0);
}

function drawMark({ x: atX, y: atY, label, series = 0 }: LineMark, { x, y, xFormat, yFormat }: Scales): string {
  const [left, top] = [x.place(atX), y.place(atY)];
  // Near the right edge the label would leave the drawing.
  const rightwards = left < WIDTH - MARGIN.right - 10 - CHARACTER * label.length;
  const text = textAt(left + (rightwards ? 9 : -9), top - 8, label, rightwards ? 'start' : 'end', 'label');
  const shape = `<circle class="mark" cx="${px(left)}" cy="${px(top)}" r="5">${tip(`${label}: ${xFormat(atX)}, ${yFormat(atY)}`)}</circle>`;
  return `<g class="${seriesClass(series)}">${shape}${text}</g>`;
}
