import { parseSoakOptions, SOAK_HELP } from './options.ts';
import { held, reportLines } from './report.ts';
import { runSoak, type SoakProgress } from './run.ts';

const LINE_EVERY_S = 15;
const clock = (seconds: number) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;

/**
 * `npm run test:soak`: see {@link SOAK_HELP}.
 * @returns the exit code
 */
export async function main(args: readonly string[]): Promise<number> {
  const options = parseSoakOptions(args, Math.floor(Math.random() * 2 ** 32));
  if (options === 'help') {
    process.stdout.write(SOAK_HELP);
    return 0;
  }
  if ('problem' in options) {
    process.stderr.write(`${options.problem}\nSee npm run test:soak -- --help\n`);
    return 2;
  }
  const interrupt = new AbortController();
  const onSignal = () => interrupt.abort();
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  try {
    process.stderr.write(`Seed ${options.seed}: ${options.kills} kills over ${options.minutes} min, ${options.notes} notes\n`);
    const { report, close } = await runSoak(options, { onProgress: progressOn(process.stderr, options), signal: interrupt.signal });
    process.stderr.write('\n');
    const good = held(report);
    const folder = await close(options.keep || !(good || interrupt.signal.aborted));
    process.stdout.write(options.json ? `${JSON.stringify({ held: good, ...report }, null, 2)}\n` : `${reportLines(report).join('\n')}\n`);
    if (interrupt.signal.aborted) return 130;
    if (options.keep || !good) process.stderr.write(`Data and logs are kept in ${folder}\n`);
    if (!good)
      process.stderr.write(
        `The same faults again: npm run test:soak -- ${[...args.filter((_, at) => !isSeed(args, at)), '--seed', report.seed].join(' ')}\n`,
      );
    return good ? 0 : 1;
  } catch (error) {
    // A start that was interrupted has stopped what it had started.
    if (interrupt.signal.aborted) return 130;
    throw error;
  } finally {
    process.off('SIGINT', onSignal);
    process.off('SIGTERM', onSignal);
  }
}

const isSeed = (args: readonly string[], at: number): boolean =>
  args[at] === '--seed' || args[at - 1] === '--seed' || args[at]!.startsWith('--seed=');

/** One line that is written anew on a terminal; else a line now and then. */
function progressOn(stream: NodeJS.WriteStream, { kills, notes }: { readonly kills: number; readonly notes: number }) {
  let saidAt = -LINE_EVERY_S;
  return (progress: SoakProgress) => {
    if (!stream.isTTY && progress.seconds - saidAt < LINE_EVERY_S) return;
    saidAt = progress.seconds;
    const left = progress.secondsLeft === null ? '' : `, ${clock(progress.secondsLeft)} left`;
    const line = `${clock(progress.seconds)} ${progress.phase}: ${progress.kills}/${kills} kills, ${progress.sent}/${notes} notes sent, ${progress.results} results${left}`;
    stream.write(stream.isTTY ? `\r\x1b[2K${line}` : `${line}\n`);
  };
}
