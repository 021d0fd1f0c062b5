export { axisCounts, type FactCounts, factCounts } from './fact-counts.ts';
export {
  ADVERSE_EFFECT,
  ASSERTED_LABELS,
  AXES,
  type Axis,
  type AxisValues,
  type FactLink,
  type FactSpan,
  type Facts,
  type MarkedFacts,
  NO_ACTION,
  valuesOf,
} from './facts.ts';
