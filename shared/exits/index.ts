export {
  type Answer,
  decideExits,
  type ExitDecision,
  layerAnswer,
  layerEntropy,
  type PooledLayers,
  sameAnswer,
  type TaggingLayers,
} from './decide.ts';
export { type DepthUse, depthUse } from './depth.ts';
export { highestLabel, labelProbability, normalisedEntropy } from './entropy.ts';
export { type PolicyReading, parsePolicy } from './policy.ts';
export { type ExitPolicy, FULL_DEPTH } from './types.ts';
