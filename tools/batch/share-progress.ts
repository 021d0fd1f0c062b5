import type { Output } from '@epee/terminal';
import { duration, percent } from '@epee/terminal';
import { SingleBar } from 'cli-progress';

/** Shows how far work has come whose share is known. */
export interface ShareProgress {
  /** @param share 0 to 1 @param words what else is to be told */
  at(share: number, words: string): void;
  /** Writes a line without disturbing what is shown. */
  line(text: string): void;
  end(): void;
}

/** What progress is measured by. */
export interface ShareOptions {
  /** What is being done. */
  readonly what: string;
  readonly monotonicMs?: () => number;
}

const PLAIN_EVERY_MS = 5000;
const STEPS = 1000;

/** On a terminal a bar with the time left; elsewhere a plain line every five seconds. */
export function startShares(out: Output, { what, monotonicMs = () => performance.now() }: ShareOptions): ShareProgress {
  const startMs = monotonicMs();
  let first: number | null = null;
  const left = (share: number) => {
    first ??= share;
    const done = share - first;
    return done <= 0 || share >= 1 ? '' : `${duration(((monotonicMs() - startMs) / 1000) * ((1 - share) / done))} left`;
  };
  if (out.isTTY !== true) {
    let toldMs = startMs;
    return {
      at(share, words) {
        const rest = left(share);
        if (monotonicMs() - toldMs < PLAIN_EVERY_MS) return;
        toldMs = monotonicMs();
        out.write(`${what}: ${percent(share)}, ${words}${rest === '' ? '' : `, ${rest}`}\n`);
      },
      line: (text) => out.write(`${text}\n`),
      end: () => undefined,
    };
  }
  const bar = new SingleBar({
    stream: out as NodeJS.WritableStream,
    format: `${what} {bar} {percentage} %  {words}  {left}`,
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
    fps: 10,
    gracefulExit: false,
  });
  bar.start(STEPS, 0, { words: '', left: '' });
  return {
    at: (share, words) => bar.update(Math.floor(share * STEPS), { words, left: left(share) }),
    line: (text) => out.write(`\r\x1b[2K${text}\n`),
    end: () => bar.stop(),
  };
}
