import { CHARACTER, type ChartOptions, figure, MARGIN, type NamedSeries, plain, px, textBelow, tip, WIDTH, xAxis, yAxis } from './frame.ts';
import type { Html } from './html.ts';
import { linearScale } from './scale.ts';
import { seriesClass } from './theme.ts';

/** A bar, with an optional interval. */
export interface Bar {
  readonly value: number;
  readonly low?: number;
  readonly high?: number;
}

/** A bar chart: each category has one bar per series, side by side. */
export interface BarChartOptions extends ChartOptions {
  readonly categories: readonly string[];
  /** One bar per category, in order. */
  readonly series: readonly (NamedSeries & { readonly bars: readonly Bar[] })[];
  readonly yMax?: number;
}

const GROUP_SHARE = 0.78;

/** Draws bars side by side per category, with whiskers for intervals. Values are 0 or more. */
export function barChart(options: BarChartOptions): Html {
  const { categories, series, yFormat = plain, height = 260 } = options;
  const y = linearScale({
    values: series.flatMap(({ bars }) => bars.flatMap(({ value, high }) => [value, high ?? value])),
    min: 0,
    ...(options.yMax === undefined ? {} : { max: options.yMax }),
    from: height - MARGIN.bottom,
    to: MARGIN.top,
  });
  const slot = (WIDTH - MARGIN.left - MARGIN.right) / Math.max(1, categories.length);
  const barWidth = Math.min(64, (slot * GROUP_SHARE) / Math.max(1, series.length));
  const middleOf = (category: number) => MARGIN.left + slot * (category + 0.5);
  const drawBar = ({ value, low, high }: Bar, category: number, at: number) => {
    if (!Number.isFinite(value)) return '';
    const left = middleOf(category) + (at - series.length / 2) * barWidth;
    const top = y.place(value);
    const said = `${series[at]!.name}, ${categories[category]}: ${yFormat(value)}`;
    const shape = `<rect class="fill" x="${px(left + 1)}" y="${px(top)}" width="${px(Math.max(1, barWidth - 2))}" height="${px(Math.max(0, y.place(0) - top))}" rx="2">${tip(said)}</rect>`;
    if (low === undefined || high === undefined) return shape;
    const middle = px(left + barWidth / 2);
    return `${shape}<line class="whisker" x1="${middle}" x2="${middle}" y1="${px(y.place(low))}" y2="${px(y.place(high))}"/>`;
  };
  const drawing = [
    yAxis(y, options, height),
    ...series.map(
      ({ bars }, at) => `<g class="${seriesClass(at)}">${bars.map((bar, category) => drawBar(bar, category, at)).join('')}</g>`,
    ),
    xAxis(options, height),
    ...shownCategories(categories, slot).map(({ text, at }) => textBelow(middleOf(at), height, text)),
  ];
  return figure(options, series, height, drawing.join('\n'));
}

/** Names that fit side by side: all, or every n-th. */
function shownCategories(categories: readonly string[], slot: number): { text: string; at: number }[] {
  const widest = Math.max(1, ...categories.map((name) => name.length)) * CHARACTER + 6;
  const every = Math.max(1, Math.ceil(widest / slot));
  return categories.map((text, at) => ({ text, at })).filter(({ at }) => at % every === 0);
}
