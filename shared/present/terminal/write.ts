import { once } from 'node:events';
import type { Writable } from 'node:stream';

/** Writes text and waits while the reader is slower, so that nothing piles up in memory. */
export async function write(stream: Writable, text: string): Promise<void> {
  if (stream.destroyed || stream.write(text)) return;
  await once(stream, 'drain');
}
