import type { Environment } from '@epee/config';
import { EpeeError } from '@epee/errors';
import { startService } from '@epee/stack';
import { processUse } from './process-use.ts';
import type { MemoryPoint } from './report.ts';
import type { Source } from './sources.ts';
import { repeated } from './two-ways.ts';

/** How ingest's memory is measured. */
export interface IngestOptions {
  /** Options of ingest; its topic is the measurement's own. */
  readonly env: Environment;
  readonly logFile: string;
  readonly notes: number;
  readonly signal: AbortSignal;
}

const PARTS = 4;
const WARM_UP_NOTES = 200;
const REQUEST_NOTES = 50;

/** A process's memory as a point, none where nobody tells. */
export function memoryOf(pid: number, part: number): MemoryPoint[] {
  const use = processUse(pid);
  return use === null ? [] : [{ part, rssMiB: use.rssMiB }];
}

/**
 * Sends notes over HTTP to an ingest of its own, on a topic that nobody reads, and looks at its memory after each quarter.
 *
 * @throws EpeeError INGEST_UNAVAILABLE where it does not take them
 */
export async function measureIngest(source: Source, { env, logFile, notes, signal }: IngestOptions): Promise<MemoryPoint[]> {
  const own = { EPEE_NOTES_TOPIC: 'bench.ingest.notes' };
  const ingest = await startService('ingest', { ...env, ...own }, logFile);
  try {
    const all = repeated(source.texts, notes + WARM_UP_NOTES);
    const post = async (from: number, to: number) => {
      for (let at = from; at < to; at += REQUEST_NOTES) {
        signal.throwIfAborted();
        const some = all.slice(at, Math.min(to, at + REQUEST_NOTES));
        const body = some.map(({ documentId, text }) => JSON.stringify({ documentId, text })).join('\n');
        const headers = { 'content-type': 'application/x-ndjson' };
        const answer = await Promise.race([
          ingest.failure,
          fetch(`http://127.0.0.1:${ingest.port}/v1/notes`, { method: 'POST', headers, body, signal }),
        ]);
        const { accepted } = (await answer.json()) as { accepted?: number };
        if (accepted !== some.length)
          throw new EpeeError('INGEST_UNAVAILABLE', `ingest answered ${answer.status}, ${accepted ?? 0} of ${some.length} notes taken`, {
            stage: 'ingest',
          });
      }
    };
    await post(0, WARM_UP_NOTES);
    const memory = memoryOf(ingest.pid, 0);
    for (let part = 0; part < PARTS; part++) {
      await post(WARM_UP_NOTES + Math.floor((part * notes) / PARTS), WARM_UP_NOTES + Math.floor(((part + 1) * notes) / PARTS));
      memory.push(...memoryOf(ingest.pid, (part + 1) / PARTS));
    }
    return memory;
  } finally {
    await ingest.stop();
  }
}
