export { demandComplete, isComplete } from './agreement.ts';
export { type DemoStart, demonstrate } from './demonstrate.ts';
export { demoText } from './report.ts';
export { arrivalRow, LEGEND, resultHead } from './result-table.ts';
export { readSamples, type Sample } from './samples.ts';
export { demoEnvironment } from './settings.ts';
export { watchTopics } from './watch-topics.ts';
