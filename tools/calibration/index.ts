export { type CalibrateRequest, runCalibrate } from './run-calibrate.ts';
export { pairOf } from './tables.ts';
