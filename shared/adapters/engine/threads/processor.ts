import { readFileSync } from 'node:fs';

/**
 * Whether a processor sums 8-bit products without saturation in between (VNNI), from the text of
 * Linux' /proc/cpuinfo.
 *
 * @param cpuInfo the file's text
 * @returns false where VNNI is not listed, also for other processor families
 */
export function listsVnni(cpuInfo: string): boolean {
  return /^flags\s*:.*\b(?:avx512_vnni|avx_vnni)\b/m.test(cpuInfo);
}

/** Whether the processor of this machine has VNNI; false where that is unknown. */
export function hasVnni(): boolean {
  try {
    return listsVnni(readFileSync('/proc/cpuinfo', 'utf8'));
  } catch {
    return false;
  }
}
