import type { Readable } from 'node:stream';
import type { CliConfig } from '@epee/config';
import type { PrecisionChoice } from '@epee/engine';
import { EpeeError } from '@epee/errors';
import { openInput } from '@epee/input';
import { type ResultJson, resultToJson } from '@epee/records';
import { describeError } from '@epee/telemetry';
import { addCompute, countNotes, NO_COMPUTE, type Watch } from '@epee/terminal';
import { extractRows } from './extract-notes.ts';
import { openExtractors } from './open-extractors.ts';
import type { ExtractReport } from './report.ts';

/** What is extracted from, and how. */
export interface ExtractRequest {
  /** Files and folders; `-` is `stdin`. */
  readonly paths: readonly string[];
  readonly stdin: Readable;
  /** How `stdin` is read: `auto` takes it for rows where its first character is "{". */
  readonly stdinAs: 'auto' | 'text' | 'rows';
  /** Whether each text is one sentence, without sections. */
  readonly sentences: boolean;
}

/** Who follows the extraction. */
export interface ExtractWatch extends Watch {
  /** Takes each result when it is there, in the order of the input; the next one waits for it. */
  onResult(result: ResultJson): void | Promise<void>;
  /** Is called with the precision that a measurement chose for the notes' model. */
  onPrecision?(choice: PrecisionChoice): void;
}

/**
 * Extracts from the notes and images of files. Bad rows are shown as lines of the progress and left out. Memory is bounded, however
 * much the files hold. When `signal` is aborted it ends at once with what it had: what runs in the model is not waited for, and keeps
 * the process alive until it is done.
 * @throws EpeeError as `openExtractors`; the reason of `signal` where it is aborted while the models are loaded
 */
export async function extractFiles(request: ExtractRequest, config: CliConfig, watch: ExtractWatch): Promise<ExtractReport> {
  const { sentences, ...sources } = request;
  const { startProgress, signal, onResult, onPrecision } = watch;
  const input = openInput({ ...sources, maxTextBytes: config.noteMaxBytes, images: true, signal });
  const orAborted = raceWith(signal);
  const open = await orAborted(openExtractors(config, input, onPrecision));
  if (open === null) throw signal.reason;
  const startMs = performance.now();
  const progress = startProgress('extract');
  const shown = countNotes(progress, input.totalBytes);
  const done = { note: 0, image: 0 };
  let [failed, compute] = [0, NO_COMPUTE];
  try {
    const rows = extractRows(input.rows, {
      extractor: open.notes,
      ...(open.images && { images: { reader: open.images, maxPixels: config.images.limits.maxPixels } }),
      extract: { policyName: config.policy, mode: sentences ? 'sentence' : 'note' },
      defaults: () => ({ defaultSource: 'epee-extract', receivedAtMs: Date.now(), maxTextBytes: config.noteMaxBytes }),
    });
    // Not `for await`, which would wait for the rows in flight when it ends early.
    const take = () => orAborted(rows.next());
    for (let next = await take(); next !== null && !next.done; next = await take()) {
      const { outcome, readBytes } = next.value;
      if (outcome instanceof EpeeError) {
        failed += 1;
        progress.line(describeError(outcome));
      } else {
        done[outcome.kind] += 1;
        compute = addCompute(compute, outcome.compute);
        await onResult(resultToJson(outcome));
      }
      shown.done(readBytes);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    progress.end();
    if (!signal.aborted) await open.close();
  }
  const seconds = (performance.now() - startMs) / 1000;
  return { notes: done.note, images: done.image, failed, interrupted: signal.aborted, compute, seconds };
}

/** Makes a wait that ends with null where a signal is aborted first. */
function raceWith(signal: AbortSignal): <T>(work: Promise<T>) => Promise<T | null> {
  const aborted = new Promise<null>((resolve) => {
    if (signal.aborted) resolve(null);
    else signal.addEventListener('abort', () => resolve(null), { once: true });
  });
  return (work) => {
    // Where it is no longer waited for, what it fails with is nobody's error.
    work.catch(() => undefined);
    return Promise.race([work, aborted]);
  };
}
