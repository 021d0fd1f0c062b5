import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { batchCommand } from './commands/batch.ts';
import { benchCommand } from './commands/bench.ts';
import { calibrateCommand } from './commands/calibrate.ts';
import { cutCommand } from './commands/cut.ts';
import { deadLettersCommand } from './commands/dead-letters.ts';
import { demoCommand } from './commands/demo.ts';
import { downCommand } from './commands/down.ts';
import { evaluateCommand } from './commands/evaluate.ts';
import { extractCommand } from './commands/extract.ts';
import { ingestCommand } from './commands/ingest.ts';
import { replayCommand } from './commands/replay.ts';
import { resultsCommand } from './commands/results.ts';
import { runCommand } from './commands/run.ts';
import { statusCommand } from './commands/status.ts';
import { terminologyCommand } from './commands/terminology.ts';
import { upCommand } from './commands/up.ts';
import type { CliContext, Runner } from './context.ts';
import { exitCodeTable } from './exit-codes.ts';

/** The commands in the order of `--help`, each in its own file in commands/. */
const COMMANDS: readonly ((run: Runner) => Command)[] = [
  demoCommand,
  upCommand,
  downCommand,
  statusCommand,
  runCommand,
  ingestCommand,
  batchCommand,
  extractCommand,
  cutCommand,
  resultsCommand,
  deadLettersCommand,
  evaluateCommand,
  calibrateCommand,
  benchCommand,
  replayCommand,
  terminologyCommand,
];

const VERSION = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')).version;
const ABOUT = 'Clinical notes in on Kafka, structured results out, by transformer models whose rows stop as soon as they are sure.';

/**
 * The `epee` program.
 *
 * @param context what the commands work with
 * @param onExitCode is called with the exit code of the command that ran
 */
export function createProgram(context: CliContext, onExitCode: (code: number) => void): Command {
  const run: Runner =
    (work) =>
    async (...args) =>
      onExitCode(await work(context, ...args));
  const program = new Command('epee')
    .description(ABOUT)
    .version(`epee-stream ${VERSION}`, '-V, --version', 'show the version')
    .helpCommand(false)
    // `load --version` names a version; only before a command it asks for the program's.
    .enablePositionalOptions()
    .showHelpAfterError('Add --help to see how it is used.')
    .addHelpText(
      'after',
      `\n${exitCodeTable()}\n\nThe services read their options from the environment: docs/CONFIGURATION.md\nlists every EPEE_... variable.`,
    )
    .exitOverride()
    .configureOutput({ writeOut: (text) => context.stdout.write(text), writeErr: (text) => context.stderr.write(text) });
  for (const make of COMMANDS) {
    const command = make(run).copyInheritedSettings(program);
    for (const part of command.commands) part.copyInheritedSettings(program);
    program.addCommand(command);
  }
  return program;
}
