import type { CliConfig } from '@epee/config';
import { EpeeError } from '@epee/errors';
import { openInput } from '@epee/input';
import { resultToJson } from '@epee/records';
import { describeError } from '@epee/telemetry';
import type { CliContext } from '@epee/terminal';
import {
  addCompute,
  type ComputeSummary,
  counted,
  countNotes,
  duration,
  layersSaved,
  NO_COMPUTE,
  prettyResult,
  progressOn,
  short,
  write,
} from '@epee/terminal';
import { extractRows } from './extract-notes.ts';
import { openExtractors } from './open-extractors.ts';

/** What `epee extract` was asked for. */
export interface ExtractRequest {
  readonly paths: readonly string[];
  /** Each text is one sentence, without sections. */
  readonly sentences: boolean;
  readonly stdinAs: 'auto' | 'text' | 'rows';
  readonly output: 'json' | 'table';
  /** Neither progress nor totals. */
  readonly quiet: boolean;
}

/**
 * Extracts from files and prints results as they come; bad rows are reported and left out.
 *
 * @returns 0, or 1 where a row was bad
 */
export async function runExtract(context: CliContext, config: CliConfig, request: ExtractRequest): Promise<number> {
  const { stdin, stdout, stderr, signal } = context;
  const { paths, stdinAs, sentences, output, quiet } = request;
  const input = openInput({ paths, stdin, stdinAs, maxTextBytes: config.noteMaxBytes, images: true, signal });
  const open = await openExtractors(config, input, ({ precision, fp32Ms, int8Ms }) => {
    if (!quiet) stderr.write(`precision ${precision}: a batch takes ${short(fp32Ms)} ms in fp32, ${short(int8Ms)} ms in int8\n`);
  });
  const startMs = performance.now();
  // Where results are shown on the same terminal, a bar would only be in their way.
  const progress = quiet || stdout.isTTY === true ? null : progressOn(stderr)('extract');
  const shown = progress && countNotes(progress, input.totalBytes);
  const report = (text: string) => (progress === null ? stderr.write(`${text}\n`) : progress.line(text));
  const done = { note: 0, image: 0 };
  let failed = 0;
  let compute: ComputeSummary = NO_COMPUTE;
  try {
    const rows = extractRows(input.rows, {
      extractor: open.notes,
      ...(open.images && { images: { reader: open.images, maxPixels: config.images.limits.maxPixels } }),
      extract: { policyName: config.policy, mode: sentences ? 'sentence' : 'note' },
      defaults: () => ({ defaultSource: 'epee-extract', receivedAtMs: Date.now(), maxTextBytes: config.noteMaxBytes }),
    });
    for await (const { outcome, readBytes } of rows) {
      signal.throwIfAborted();
      if (outcome instanceof EpeeError) {
        failed += 1;
        report(describeError(outcome));
      } else {
        done[outcome.kind] += 1;
        compute = addCompute(compute, outcome.compute);
        const json = resultToJson(outcome);
        await write(stdout, output === 'json' ? `${JSON.stringify(json)}\n` : `${prettyResult(json)}\n`);
      }
      shown?.done(readBytes);
    }
  } finally {
    progress?.end();
    await open.close();
  }
  if (!quiet) stderr.write(`${totals({ done, failed, compute, seconds: (performance.now() - startMs) / 1000 })}\n`);
  return failed === 0 ? 0 : 1;
}

interface Totals {
  readonly done: Readonly<Record<'note' | 'image', number>>;
  readonly failed: number;
  readonly compute: ComputeSummary;
  readonly seconds: number;
}

function totals({ done, failed, compute, seconds }: Totals): string {
  const { note, image } = done;
  const rate = seconds > 0 ? `${short((note + image) / seconds)} ${image === 0 ? 'notes' : note === 0 ? 'images' : 'documents'}/s` : '';
  const parts = [...(note > 0 || image === 0 ? [counted(note, 'note')] : []), ...(image > 0 ? [counted(image, 'image')] : [])];
  return [`${parts.join(', ')} in ${duration(seconds)}`, rate, `${failed} failed`, layersSaved(compute)].filter(Boolean).join(', ');
}
