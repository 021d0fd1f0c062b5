import type { ExitPolicy } from './types.ts';

/**
 * Why a row leaves after a layer that is not the last one, or null where it goes on (EPEE): entropy strictly under the threshold, looked at first, or enough agreements.
 * @param entropy normalised, after this layer; NaN (logits that are not finite) lets no row out
 * @param agreements times in a row that the answer was that of the layer before
 */
export function reasonToExit(
  entropy: number,
  agreements: number,
  { entropyThreshold, patience }: ExitPolicy,
): 'entropy' | 'patience' | null {
  if (Number.isNaN(entropy)) return null;
  if (entropyThreshold !== 'off' && entropy < entropyThreshold) return 'entropy';
  return patience !== 'off' && agreements >= patience ? 'patience' : null;
}
