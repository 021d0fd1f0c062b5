export { type BenchRequest, measureAll } from './measure-all.ts';
export { benchmarkPage } from './page.ts';
export type { BenchPart } from './report.ts';
export { benchText } from './text.ts';
