import { asEpeeError, describeError } from '@epee/telemetry';
import { CommanderError } from 'commander';
import type { CliContext } from './context.ts';
import { exitCodeFor, signalExitCode } from './exit-codes.ts';
import { createProgram } from './program.ts';
import { watchSignals } from './signals.ts';

const USAGE = 2;
const CRASHES = ['uncaughtException', 'unhandledRejection'] as const;

/**
 * Runs the `epee` program in this process.
 *
 * @param args what comes after `epee`
 * @returns the exit code, see EXIT_CODES
 */
export async function main(args: readonly string[]): Promise<number> {
  const signals = watchSignals(process);
  const { env, stdin, stdout, stderr } = process;
  // A reader that has seen enough (`epee extract ... | head`) is no error.
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
  // Node's own report of a crash quotes the error's message, which may quote a note.
  const onCrash = (error: unknown) => {
    stderr.write(`${describeError(error, env.EPEE_LOG_LEVEL === 'debug')}\n`);
    process.exit(exitCodeFor(asEpeeError(error)));
  };
  const isService = args[0] === 'run';
  if (!isService) for (const event of CRASHES) process.on(event, onCrash);
  try {
    return await runProgram(args, { env, stdin, stdout, stderr, signal: signals.signal });
  } finally {
    // A command that ends early may have left it open, and the process would wait for its end.
    stdin.destroy();
    signals.stop();
    for (const event of CRASHES) process.off(event, onCrash);
  }
}

/** Runs the `epee` program with everything given, and answers the exit code. Never rejects. */
export async function runProgram(args: readonly string[], context: CliContext): Promise<number> {
  let exitCode = 0;
  try {
    await createProgram(context, (code) => {
      exitCode = code;
    }).parseAsync(args.length === 0 ? ['--help'] : args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE;
    if (context.signal.aborted) return signalExitCode(context.signal.reason);
    context.stderr.write(`${describeError(error, context.env.EPEE_LOG_LEVEL === 'debug')}\n`);
    return exitCodeFor(asEpeeError(error));
  }
}
