import { cliConfig } from '@epee/config';
import { EpeeError } from '@epee/errors';
import { describeError } from '@epee/telemetry';
import { write } from '@epee/terminal';
import { Command } from 'commander';
import type { CliContext, Runner } from '../context.ts';

/** `epee cut`: how notes are cut into sections and sentences. */
export function cutCommand(run: Runner): Command {
  return new Command('cut')
    .description('show how notes are cut into sections and sentences: one JSON object per note')
    .argument('<file...>', 'files and folders; - reads standard input')
    .addHelpText('after', '\nOffsets count code points.\n\nExamples:\n  epee cut notes.jsonl.gz > cuts.jsonl')
    .action(run(cut));
}

async function cut({ env, stdin, stdout, stderr, signal }: CliContext, paths: string[]): Promise<number> {
  const { cutFiles } = await import('@epee/extract');
  let failed = 0;
  for await (const found of cutFiles({ paths, stdin, maxTextBytes: cliConfig(env).noteMaxBytes, signal })) {
    if (found instanceof EpeeError) {
      failed += 1;
      stderr.write(`${describeError(found)}\n`);
    } else await write(stdout, `${JSON.stringify(found)}\n`);
  }
  return failed === 0 ? 0 : 1;
}
