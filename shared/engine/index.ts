export { createEngine, createImageEngine, type LoadedEngine } from './engine.ts';
export { type BatchRun, type GraphRunner, type GraphRunnerOptions, openGraphRunner } from './graph-runner.ts';
export { normalisePixels } from './images.ts';
export { rowTokens } from './layout.ts';
export { parseManifest } from './manifest.ts';
export type { Manifest } from './manifest-schema.ts';
export type { EngineOptions } from './options.ts';
export { loadPackage, type ModelPackage } from './package-files.ts';
export type { PrecisionChoice } from './precision.ts';
export { runtimeVersion } from './runtime-version.ts';
export {
  type AnySweep,
  openAnySweep,
  openImageSweep,
  openSweep,
  type Sweep,
  type SweepOptions,
  type SweepRow,
  type TextSweep,
} from './sweep.ts';
export { openTokenizer } from './tokenizer.ts';
export type * from './types.ts';
