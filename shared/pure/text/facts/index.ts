export { judgePair, type PairInput, type PairVerdict } from './adverse.ts';
export { type Attachment, attachAttributes } from './attributes.ts';
export { combineAssertion, combineAxis, type MentionOpinion, type ModelOpinion, RULE_WEIGHTS } from './combine.ts';
export { type ContextInput, type MentionContext, readContext } from './context.ts';
export { parseValue } from './parse-values.ts';
export { type AttributeLabel, type ContextAxis, type FactSpan, type HeadLabel, isAttribute, isHead } from './types.ts';
