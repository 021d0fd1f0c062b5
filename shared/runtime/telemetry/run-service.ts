import { type CrashingProcess, guardCrashes } from './crash-guard.ts';
import { createLogger, type Logger, type LoggerOptions } from './logger.ts';

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
/**
 * Time beyond the service's own stop limit, for leaving its group and closing the engine. After it
 * the process ends anyway.
 */
const GRACE_MS = 15_000;
/** Signals closer together count as one. */
const SAME_SIGNAL_MS = 1000;

/** A running service. */
export interface Service {
  /** Ends the service: finishes or cleanly abandons the work in flight. May be called twice. */
  stop(): Promise<void>;
  /** Resolves after `stop`; rejects when the service cannot continue. */
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

/** Options of {@link runService}. */
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
  /** A monotonic clock, milliseconds. @default `performance.now` */
  readonly monotonicMs?: () => number;
}

/**
 * Runs a service until it ends or a signal stops it, then ends the process: with 0 after a clean
 * stop, else with 1. A second signal ends the process at once, and so does a signal during the
 * start. An uncaught error ends it with 1, see {@link guardCrashes}.
 */
export async function runService<C extends ServiceConfig>(options: RunOptions<C>): Promise<void> {
  const { name, process: target = process, createLogger: makeLogger = createLogger, monotonicMs = () => performance.now() } = options;
  // The level is unknown until the configuration is read.
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
    logger.fatal('the service cannot continue', {}, error);
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

/**
 * A second signal ends the process at once. A signal right after the first does not: npm forwards a
 * Ctrl-C that the terminal has already sent.
 */
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
    logger.error('stopping took too long; the process ends now', { limitMs });
    target.exit(1);
  }, limitMs);
  try {
    await service.stop();
    await service.done;
  } finally {
    clearTimeout(timer);
  }
}
