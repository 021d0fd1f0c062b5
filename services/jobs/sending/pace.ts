/**
 * Pause before the next chunk, milliseconds, which keeps to a number of notes per second.
 * @param notesPerSecond null: no limit
 * @param tookMs time that this chunk has taken already
 */
export function pauseMs({ notes, tookMs }: { notes: number; tookMs: number }, notesPerSecond: number | null): number {
  if (notesPerSecond === null) return 0;
  return Math.max(0, (1000 * notes) / notesPerSecond - tookMs);
}
