import { type CrashingProcess, guardCrashes } from './crash-guard.ts';
import { createLogger, type Logger, type LoggerOptions } from './logger.ts';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
/** Time beyond a service's own stop limit (leaving its group, draining the engine) after which the process ends anyway. */
const GRACE_MS = 15_000;
/** Signals closer together are one. */
const SAME_SIGNAL_MS = 1000;

/** A running service. */
export interface Service {
  /** Ends it: finishes or abandons the work in hand cleanly. May be called twice. */
  stop(): Promise<void>;
  /** Resolves after `stop`; rejects when the service cannot go on. */
  readonly done: Promise<void>;
}

/** The parts of `process` that {@link runService} uses. */
export interface ProcessPort extends CrashingProcess {
  once(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
}

/** The part of a service's configuration that {@link runService} needs. */
export interface ServiceConfig {
  readonly logLevel: LoggerOptions['level'];
  /** Milliseconds that `stop` may take. */
  readonly stopTimeoutMs: number;
}

/** What {@link runService} needs. */
export interface RunOptions<C extends ServiceConfig> {
  /** Name of the program, on every log line. */
  readonly name: string;
  /** Reads the configuration. @throws EpeeError CONFIG_INVALID */
  configure(): C;
  /** Starts the service. */
  start(config: C, logger: Logger): Promise<Service>;
  /** @default the process */
  readonly process?: ProcessPort;
  /** @default {@link createLogger} */
  readonly createLogger?: (options: LoggerOptions) => Logger;
  /** A clock that never steps, milliseconds. @default the process's */
  readonly monotonicMs?: () => number;
}

/**
 * Runs a service until it ends or a signal asks it to stop, then ends the process: with 0 after a clean stop, else with 1. A later signal ends it at once, and so does one
 * while it starts. An error that nobody caught ends it with 1, see {@link guardCrashes}.
 */
export async function runService<C extends ServiceConfig>(options: RunOptions<C>): Promise<void> {
  const { name, process: target = process, createLogger: makeLogger = createLogger, monotonicMs = () => performance.now() } = options;
  // Until the configuration is read, nobody knows the level.
  let logger = makeLogger({ service: name, level: 'info' });
  const unguard = guardCrashes(target, () => logger);
  try {
    const config = options.configure();
    logger = makeLogger({ service: name, level: config.logLevel });
    const signalled = new Promise<NodeJS.Signals>((resolve) => {
      for (const signal of SIGNALS) target.once(signal, resolve);
    });
    const service = await Promise.race([options.start(config, logger), signalled.then(() => null)]);
    if (service !== null) await untilEnd(service, signalled, { logger, target, monotonicMs, limitMs: config.stopTimeoutMs + GRACE_MS });
    logger.info('stopped');
    target.exit(0);
  } catch (error) {
    logger.fatal('the service cannot go on', {}, error);
    target.exit(1);
  } finally {
    unguard();
  }
}

interface Surroundings {
  readonly logger: Logger;
  readonly target: ProcessPort;
  readonly monotonicMs: () => number;
  readonly limitMs: number;
}

/** A later signal ends the process at once; one that comes with the first (npm passes on a Ctrl-C that the terminal has sent already) does not. */
function endOnRepeat(target: ProcessPort, monotonicMs: () => number): void {
  const firstMs = monotonicMs();
  for (const signal of SIGNALS) {
    const onRepeat = () => {
      if (monotonicMs() - firstMs > SAME_SIGNAL_MS) target.exit(1);
      else target.once(signal, onRepeat);
    };
    target.once(signal, onRepeat);
  }
}

async function untilEnd(
  service: Service,
  signalled: Promise<NodeJS.Signals>,
  { logger, target, monotonicMs, limitMs }: Surroundings,
): Promise<void> {
  const signal = await Promise.race([service.done.then(() => null), signalled]);
  if (signal === null) return;
  logger.info('stopping', { signal });
  endOnRepeat(target, monotonicMs);
  const timer = setTimeout(() => {
    logger.error('stopping takes too long; ending now', { limitMs });
    target.exit(1);
  }, limitMs);
  try {
    await service.stop();
    await service.done;
  } finally {
    clearTimeout(timer);
  }
}
