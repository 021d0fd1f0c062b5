/**
 * Id of a new import: its time, to be read by people, and some chance, so that two made in one second differ.
 * @param random uniform in [0, 1)
 */
export function newJobId(nowMs: number, random: () => number): string {
  const time = new Date(nowMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
  const chance = Array.from({ length: 4 }, () => Math.floor(random() * 36).toString(36)).join('');
  return `batch-${time}-${chance}`;
}
