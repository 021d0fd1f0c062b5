import type { Certificate, PolicyTest, Shortfall } from '@epee/exits';

/** What calibration found for one task of the model. */
export interface TaskCalibration {
  readonly task: string;
  readonly cases: number;
  readonly documents: number;
  readonly tests: readonly PolicyTest[];
  readonly chosen: PolicyTest | null;
  readonly certificate: Certificate | null;
  /** What was missing; null where a policy was certified. */
  readonly shortfall: Shortfall | null;
  readonly uncovered: Readonly<Record<string, number>>;
}

/** What `epee calibrate` found; this is its JSON. */
export interface CalibrationReport {
  readonly formatVersion: 1;
  readonly model: { readonly name: string; readonly version: string; readonly sha256: string; readonly layers: number };
  readonly data: { readonly file: string; readonly items: number; readonly excluded: number; readonly sha256: string };
  readonly name: string;
  readonly tasks: readonly TaskCalibration[];
  /** Labels of the file that the model does not know, with how often they occur. */
  readonly unknownLabels: Readonly<Record<string, number>>;
  /** SHA-256 of the manifest written; null: none was. */
  readonly written: string | null;
}
