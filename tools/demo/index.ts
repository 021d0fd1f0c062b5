export { runDemo } from './run-demo.ts';
export { readSamples, type Sample } from './samples.ts';
export { demoEnvironment } from './settings.ts';
export { watchTopics } from './watch-topics.ts';
