import type { Output } from './context.ts';
import { count, duration } from './numbers.ts';

/** Shows how far work of a known size has come. */
export interface StepProgress {
  /** So many more steps are done, of so many in all. */
  done(steps: number, total: number): void;
  /** Writes a line without disturbing what is shown. */
  line(text: string): void;
  end(): void;
}

/** What progress is measured by. */
export interface StepOptions {
  /** What is being done. */
  readonly what: string;
  /** What a step is, in the plural. */
  readonly unit: string;
  readonly monotonicMs?: () => number;
}

const TERMINAL_EVERY_MS = 200;
const PLAIN_EVERY_MS = 5000;

/** On a terminal one line with the time left, drawn anew; elsewhere a plain line every five seconds. */
export function startSteps(out: Output, { what, unit, monotonicMs = () => performance.now() }: StepOptions): StepProgress {
  const isTerminal = out.isTTY === true;
  const clear = isTerminal ? '\r\x1b[2K' : '';
  const startMs = monotonicMs();
  let toldMs = isTerminal ? Number.NEGATIVE_INFINITY : startMs;
  let finished = 0;
  return {
    done(steps, total) {
      finished += steps;
      const nowMs = monotonicMs();
      if (nowMs - toldMs < (isTerminal ? TERMINAL_EVERY_MS : PLAIN_EVERY_MS)) return;
      toldMs = nowMs;
      const left = finished > 0 ? `, ${duration(((nowMs - startMs) / 1000) * Math.max(0, total / finished - 1))} left` : '';
      out.write(`${clear}${what}: ${count(finished)} of ${count(total)} ${unit}${left}${isTerminal ? '' : '\n'}`);
    },
    line: (text) => out.write(`${clear}${text}\n`),
    end: () => out.write(clear),
  };
}
