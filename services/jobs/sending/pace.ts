/**
 * Pause before the next chunk, milliseconds, so that no more notes are sent than a second allows.
 * @param notesPerSecond null: no limit
 * @param tookMs time that this chunk has taken already
 */
export function pauseMs({ notes, tookMs }: { notes: number; tookMs: number }, notesPerSecond: number | null): number {
  if (notesPerSecond === null) return 0;
  return Math.max(0, (1000 * notes) / notesPerSecond - tookMs);
}
