export { type CalibrateRequest, calibrate } from './calibrate.ts';
export { calibrationText } from './text.ts';
