/**
 * When a row may leave the model (EPEE, arXiv 2503.02053): after layer i it exits if its normalised entropy is strictly under `entropyThreshold`, or
 * if its answer has not changed for `patience` layers. `off` turns a criterion off.
 */
export interface ExitPolicy {
  /** Normalised entropy in [0, 1], strict: entropy < threshold exits. */
  readonly entropyThreshold: number | 'off';
  /** Consecutive agreements with the layer before that a row needs, >= 1. */
  readonly patience: number | 'off';
}

/** No row exits before the last layer. */
export const FULL_DEPTH: ExitPolicy = Object.freeze({ entropyThreshold: 'off', patience: 'off' });
