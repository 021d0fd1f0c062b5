export { checkPolicy, type PolicyName, policyOf } from './policies.ts';
export { NO_TURN, type Turn } from './turn.ts';
export type * from './types.ts';
