export { createEngine, createImageEngine, type LoadedEngine } from './engine.ts';
export { normalisePixels } from './graph/images.ts';
export { rowTokens } from './graph/layout.ts';
export { runtimeVersion } from './graph/runtime-version.ts';
export { type BatchRun, type GraphRunner, type GraphRunnerOptions, openGraphRunner } from './graph-runner.ts';
export type { EngineOptions } from './options.ts';
export { parseManifest } from './package/manifest.ts';
export type { Manifest } from './package/manifest-schema.ts';
export { loadPackage, type ModelPackage } from './package/package-files.ts';
export type { PrecisionChoice } from './precision.ts';
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
export { openTokenizer } from './tokens/tokenizer.ts';
