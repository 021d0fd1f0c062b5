import { FULL_DEPTH, seededRandom } from '@epee/exits';
import type { LoadedModel } from '@epee/model';
import { inventedCase } from '../../pure/exits/calibration/cases.ts';

/** A model of four layers with one task. */
export const model: LoadedModel = {
  name: 'm',
  version: '1.0.0',
  sha256: 'f'.repeat(64),
  layers: 4,
  precision: 'fp32',
  tasks: [
    {
      name: 't',
      kind: 'classification',
      maxTokens: 9,
      labels: ['no', 'yes'],
      groups: [],
      relation: null,
      policies: { full: FULL_DEPTH, fast: { entropyThreshold: 0.3, patience: 'off' } },
    },
  ],
};
const random = seededRandom(4);
/** Cases of that task. */
export const cases = Array.from({ length: 120 }, (_, index) => inventedCase(`row-${index}`, `${index}`, random));
/** The first layer knows nothing, the last everything, though boldly. */
export const probes = Array.from({ length: 60 }, (_, index) => ({
  task: 't',
  layers: [[0, 0], [0, 0.1], [0, 0.2], index % 2 === 0 ? [9, 0] : [0, 9]],
  gold: index % 2,
}));
