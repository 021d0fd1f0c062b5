export { type ExitPolicy, FULL_DEPTH } from './types.ts';
