export { demandComplete, isComplete } from './agreement.ts';
export { type DemoStart, type DemoWatch, demonstrate } from './demonstrate.ts';
export { type DemoReport, demoText } from './report.ts';
export { arrivalRow, LEGEND, resultHead } from './result-table.ts';
export { readSamples, type Sample } from './samples.ts';
export { demoEnvironment } from './settings.ts';
export { watchTopics } from './watch-topics.ts';
