import { signalExitCode } from './exit-codes.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** npm passes on a Ctrl-C that the terminal has sent to this process already: signals so close together are one. */
const SAME_WITHIN_MS = 1000;

/** Watches the signals that ask a program to end. */
export interface SignalWatch {
  /** Aborted by the first signal, with its name as the reason. */
  readonly signal: AbortSignal;
  /** Gives the signals back to their default. */
  stop(): void;
}

/** The parts of `process` that {@link watchSignals} uses. */
export interface SignalledProcess {
  on(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  off(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  exit(code: number): void;
}

/** The first signal asks for an orderly end; a later one ends the process at once (started servers have a guard that ends them). */
export function watchSignals(target: SignalledProcess, monotonicMs: () => number = () => performance.now()): SignalWatch {
  const controller = new AbortController();
  let firstMs = 0;
  const onSignal = (name: NodeJS.Signals) => {
    if (!controller.signal.aborted) {
      firstMs = monotonicMs();
      controller.abort(name);
    } else if (monotonicMs() - firstMs > SAME_WITHIN_MS) {
      target.exit(signalExitCode(name));
    }
  };
  for (const name of SIGNALS) target.on(name, onSignal);
  return {
    signal: controller.signal,
    stop: () => {
      for (const name of SIGNALS) target.off(name, onSignal);
    },
  };
}
