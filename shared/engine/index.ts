export { createEngine, type LoadedEngine } from './engine.ts';
export { type BatchRun, type GraphRunner, type GraphRunnerOptions, openGraphRunner } from './graph-runner.ts';
export type { Manifest } from './manifest-schema.ts';
export type { EngineOptions } from './options.ts';
export { loadPackage, type ModelPackage } from './package-files.ts';
export { runtimeVersion } from './runtime-version.ts';
export { openSweep, type Sweep, type SweepOptions, type SweepRow } from './sweep.ts';
export { openTokenizer } from './tokenizer.ts';
export type * from './types.ts';
