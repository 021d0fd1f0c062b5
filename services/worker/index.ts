export { composeWorker } from './compose.ts';
export { openWorker } from './open-worker.ts';
export { startWorker } from './start-worker.ts';
export type { ImageWork, NoteExtractor, RunningWorker, WorkerDeps, WorkerOptions } from './types.ts';
