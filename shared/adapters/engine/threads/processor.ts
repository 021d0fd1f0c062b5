/** What the processor can do for 8-bit products. */
import { readFileSync } from 'node:fs';

/**
 * Whether a processor sums products of 8-bit numbers without saturating in between (VNNI), by the text of Linux' /proc/cpuinfo.
 *
 * @param cpuInfo the file's text
 * @returns false where no VNNI is listed, other processor families included
 */
export function listsVnni(cpuInfo: string): boolean {
  return /^flags\s*:.*\b(?:avx512_vnni|avx_vnni)\b/m.test(cpuInfo);
}

/** Whether this machine's processor is known to have VNNI; false where the system does not tell. */
export function hasVnni(): boolean {
  try {
    return listsVnni(readFileSync('/proc/cpuinfo', 'utf8'));
  } catch {
    return false;
  }
}
