export { type CalibrateRequest, runCalibrate } from './run-calibrate.ts';
