export { ERROR_CODES, type ErrorAction, type ErrorCode, STAGES, type Stage } from './codes.ts';
export { classify, EpeeError, type ErrorDetails, isRefusal } from './epee-error.ts';
