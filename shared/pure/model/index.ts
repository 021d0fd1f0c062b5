export { checkPolicy, type PolicyName, policyOf } from './policies.ts';
export type * from './types.ts';
