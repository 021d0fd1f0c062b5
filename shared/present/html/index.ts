export { type Bar, type BarChartOptions, barChart } from './bar-chart.ts';
export type { ChartOptions, NamedSeries } from './frame.ts';
export { type Content, escapeHtml, type Html, raw } from './html.ts';
export { type IntervalChartOptions, type IntervalRow, intervalChart } from './interval-chart.ts';
export { type LineChartOptions, type LineMark, type LinePoint, type LineSeries, lineChart } from './line-chart.ts';
export { type NoteToShow, notesPage } from './notes-page.ts';
export { definitions, figures, type Headline, type PageOptions, type PageSection, page, paragraph } from './page.ts';
export { type HtmlColumn, table } from './table.ts';
