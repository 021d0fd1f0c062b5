export { composeWorker } from './compose.ts';
export { startWorker } from './start-worker.ts';
export type { NoteExtractor, RunningWorker, Surroundings, WorkerDeps, WorkerOptions } from './types.ts';
