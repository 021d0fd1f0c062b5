export { runDemo } from './run-demo.ts';
export { type Sample, readSamples } from './samples.ts';
export { demoEnvironment } from './settings.ts';
export { watchTopics } from './watch-topics.ts';
