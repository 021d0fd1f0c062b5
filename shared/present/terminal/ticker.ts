import type { Output } from './context.ts';
import { duration } from './numbers.ts';

/** Shows that something takes time. */
export interface Ticker {
  /** Writes a line of its own. */
  line(text: string): void;
}

const TICK_MS = 1000;

/**
 * Does some work and shows that it goes on: on a terminal one line with its seconds, elsewhere a line at the start; a line at the end on both.
 *
 * @param out where it is shown
 * @param what what is done, such as `Starting Kafka and Redis`
 * @param work told a way to write lines meanwhile
 */
export async function whileTicking<T>(out: Output, what: string, work: (ticker: Ticker) => Promise<T>): Promise<T> {
  const startMs = performance.now();
  const seconds = () => duration((performance.now() - startMs) / 1000);
  const clear = out.isTTY === true ? '\r\x1b[2K' : '';
  const draw = () => out.write(`${clear}${what} ... ${Math.round((performance.now() - startMs) / 1000)} s`);
  if (out.isTTY === true) draw();
  else out.write(`${what} ...\n`);
  const timer = out.isTTY === true ? setInterval(draw, TICK_MS) : undefined;
  let how = 'failed';
  try {
    const result = await work({ line: (text) => out.write(`${clear}${text}\n`) });
    how = 'done';
    return result;
  } finally {
    clearInterval(timer);
    out.write(`${clear}${what}: ${how}, ${seconds()}\n`);
  }
}
