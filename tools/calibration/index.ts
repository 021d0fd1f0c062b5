export { type CalibrateRequest, type CalibrationWatch, calibrate } from './calibrate.ts';
export type { CalibrationReport } from './report.ts';
export { calibrationText } from './text.ts';
