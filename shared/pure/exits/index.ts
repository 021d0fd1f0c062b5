export { aurocOf, meanAuroc } from './auroc.ts';
export { type BootstrapOptions, bootstrapIntervals, type Interval, type ScoreIntervals } from './bootstrap.ts';
export * from './calibration/index.ts';
export { type CriterionSet, type CurvePoint, curveOf, dominates, frontierOf, within } from './curve.ts';
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
export * from './facts/index.ts';
export { type PolicyReading, pairOf, parsePolicy } from './policy.ts';
export {
  type AnswerReliability,
  answerReliability,
  type ConfidentAnswer,
  type Decision,
  fitTemperature,
  type Reliability,
  type ReliabilityBin,
  reliabilityOf,
} from './reliability.ts';
export {
  addCounts,
  type Counts,
  type LabelledSpan,
  labelCounts,
  NO_COUNTS,
  type Score,
  scoreOf,
  spanCounts,
  yesCounts,
} from './scoring.ts';
export { type DepthTable, depthTable, type LayerExits, type RowExit } from './scoring-depth.ts';
export { followTrace, type RowTrace, type TracedExit, traceRow } from './trace.ts';
export { type ExitPolicy, FULL_DEPTH } from './types.ts';
