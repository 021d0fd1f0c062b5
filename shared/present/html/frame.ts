import { type Content, escapeHtml, type Html, htmlOf, raw } from './html.ts';
import type { Scale } from './scale.ts';
import { seriesClass } from './theme.ts';

/** Options of every chart. */
export interface ChartOptions {
  /** Shown above the chart; screen readers read it. */
  readonly title: string;
  /** Shown below the chart. */
  readonly caption?: Content;
  readonly xLabel?: string;
  readonly yLabel?: string;
  /** Formats values of the y axis. */
  readonly yFormat?: (value: number) => string;
  /** Height of the drawing in its own units; its width is 520. @default 260 */
  readonly height?: number;
}

/** A series with its name. */
export interface NamedSeries {
  readonly name: string;
  /** Number of its colour, from 0, to match other charts. @default its place among the series */
  readonly colour?: number;
}

/** Width of every drawing in its own units; the page scales it to the room. */
export const WIDTH = 520;
/** Approximate width of a character. */
export const CHARACTER = 6.6;
/** Room around the plot. */
export const MARGIN = { top: 12, right: 16, bottom: 44, left: 58 } as const;

/** A number without needless digits, for axes. */
export const plain = (value: number): string => String(Number(value.toPrecision(6)));

/** A chart with its title, the names of its series and its caption. */
export function figure({ title, caption }: ChartOptions, series: readonly NamedSeries[], height: number, drawing: string): Html {
  const keys = series
    .map(({ name, colour }, at) => `<span><i class="${seriesClass(colour ?? at)}"></i>${escapeHtml(name)}</span>`)
    .join('');
  return raw(
    [
      '<figure>',
      `<h3>${escapeHtml(title)}</h3>`,
      series.length > 1 || series[0]?.colour !== undefined ? `<div class="legend">${keys}</div>` : '',
      `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeHtml(title)}">`,
      drawing,
      '</svg>',
      caption === undefined ? '' : `<figcaption>${htmlOf(caption)}</figcaption>`,
      '</figure>',
    ]
      .filter((line) => line !== '')
      .join('\n'),
  );
}

/** The y axis: grid lines with their values, and its label. */
export function yAxis({ ticks, place }: Scale, { yLabel, yFormat = plain }: ChartOptions, height: number): string {
  const lines = ticks.map((tick) => {
    const y = px(place(tick));
    return `<line class="grid" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y}" y2="${y}"/>${textAt(MARGIN.left - 8, place(tick) + 4, yFormat(tick), 'end')}`;
  });
  const middle = (MARGIN.top + height - MARGIN.bottom) / 2;
  const label =
    yLabel === undefined
      ? ''
      : `<text x="14" y="${px(middle)}" text-anchor="middle" transform="rotate(-90 14 ${px(middle)})">${escapeHtml(yLabel)}</text>`;
  return lines.join('\n') + label;
}

/** The line under the plot and the label of the x axis. */
export function xAxis({ xLabel }: ChartOptions, height: number): string {
  const y = height - MARGIN.bottom;
  const line = `<line class="axis" x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y}" y2="${y}"/>`;
  return xLabel === undefined ? line : line + textAt((MARGIN.left + WIDTH - MARGIN.right) / 2, height - 8, xLabel, 'middle');
}

/** Text in a drawing. */
export function textAt(x: number, y: number, text: string, anchor: 'start' | 'middle' | 'end', className?: string): string {
  return `<text x="${px(x)}" y="${px(y)}" text-anchor="${anchor}"${className === undefined ? '' : ` class="${className}"`}>${escapeHtml(text)}</text>`;
}

/** Text below a point of the x axis, moved inwards where it would leave the drawing. */
export function textBelow(x: number, height: number, text: string): string {
  const half = CHARACTER * (text.length / 2);
  return textAt(Math.max(half, Math.min(WIDTH - half, x)), height - MARGIN.bottom + 18, text, 'middle');
}

/** The tooltip of a shape. */
export const tip = (text: string): string => `<title>${escapeHtml(text)}</title>`;

/** A coordinate with few digits. */
export const px = (value: number): string => String(Math.round(value * 100) / 100);
