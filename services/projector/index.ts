export { openProjector } from './open-projector.ts';
export { startProjector } from './start-projector.ts';
export type { ProjectorDeps, ProjectorOptions, RunningProjector } from './types.ts';
