import { SingleBar } from 'cli-progress';
import { count, duration, percent, short } from './numbers.ts';
import { type Output, widthOf } from './output.ts';

/** Shows how far one piece of work has come. */
export interface Progress {
  /**
   * @param share part of the work that is done, 0 to 1; null where nobody knows the whole
   * @param words what else is shown, such as `120 of 800 notes`; without share and words the work's name is shown at once
   */
  at(share: number | null, words?: string): void;
  /** Writes a line without disturbing what is shown. */
  line(text: string): void;
  /** Takes the display away. */
  end(): void;
}

/**
 * Begins to show a piece of work, such as `replay`. Tools are given one; they know no terminal.
 * @param from share that was done before, by a run that this one resumes. @default 0
 */
export type StartProgress = (what: string, from?: number) => Progress;

/** What long work is given: how to show its progress, and when to end. */
export interface Watch {
  readonly startProgress: StartProgress;
  /** Aborted when the work is to end early. */
  readonly signal: AbortSignal;
}

/** For work that nobody watches. */
export const unseenProgress: StartProgress = () => ({ at: () => undefined, line: () => undefined, end: () => undefined });

/** Only whole lines, no bar: for work whose results are printed while it runs, where a bar would be in their way. */
export const linesOn =
  (out: Output): StartProgress =>
  () => ({ ...unseenProgress(''), line: (text) => void out.write(`${text}\n`) });

const PLAIN_EVERY_MS = 5000;
const BAR_STEPS = 1000;
const TICK_MS = 1000;

/**
 * The one display of progress: on a terminal a bar with the time left, or the seconds where no share is known; elsewhere a plain line every five seconds.
 * @param monotonicMs a clock that never steps. @default the process' own
 */
export function progressOn(out: Output, monotonicMs: () => number = () => performance.now()): StartProgress {
  return (what, from = 0) => {
    const timing = createTiming(from, monotonicMs);
    return out.isTTY === true ? onTerminal(out, what, timing) : inLines(out, what, { ...timing, monotonicMs });
  };
}

type Timing = ReturnType<typeof createTiming>;

function onTerminal(out: Output, what: string, timing: Timing): Progress {
  let [share, shown]: [number | null, string] = [null, ''];
  const bar = new SingleBar({
    stream: out as NodeJS.WritableStream,
    format: ({ barCompleteString = '', barIncompleteString = '', barsize = 0 }) => {
      if (share === null) return [`${what} ... ${Math.floor(timing.seconds())} s`, shown].filter(Boolean).join('  ');
      const rest = [`${Math.floor(100 * share)} %`, shown, timing.left(share)].filter(Boolean).join('  ');
      const room = widthOf(out) - what.length - rest.length - 3;
      const size = Math.max(0, Math.min(barsize, room));
      const full = Math.round(share * size);
      const drawn = barCompleteString.slice(0, full) + barIncompleteString.slice(0, size - full);
      return [what, drawn, rest].filter(Boolean).join(' ');
    },
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
    forceRedraw: true,
    fps: 5,
    gracefulExit: false,
  });
  bar.start(BAR_STEPS, 0);
  return {
    at(now, words = '') {
      [share, shown] = [now, words];
      bar.update(Math.floor((now ?? 0) * BAR_STEPS));
    },
    line: (text) => void out.write(`\r\x1b[2K${text}\n`),
    end: () => bar.stop(),
  };
}

function inLines(out: Output, what: string, { left, seconds, monotonicMs }: Timing & { monotonicMs(): number }): Progress {
  let [toldMs, begun] = [monotonicMs(), false];
  return {
    at(share, words = '') {
      const isNamed = share === null && words === '';
      if ((begun || !isNamed) && monotonicMs() - toldMs < PLAIN_EVERY_MS) return;
      const parts = share === null ? [words] : [percent(share), words, left(share)];
      const text = isNamed ? `${what} ...${begun ? ` ${Math.floor(seconds())} s` : ''}` : `${what}: ${parts.filter(Boolean).join(', ')}`;
      [toldMs, begun] = [monotonicMs(), true];
      out.write(`${text}\n`);
    },
    line: (text) => void out.write(`${text}\n`),
    end: () => undefined,
  };
}

/** The time left, at the pace since the start: work that was resumed does not begin at 0. */
function createTiming(from: number, monotonicMs: () => number) {
  const startMs = monotonicMs();
  const seconds = () => (monotonicMs() - startMs) / 1000;
  return {
    seconds,
    left(share: number): string {
      const done = share - from;
      return done <= 0 || share >= 1 ? '' : `${duration(seconds() * ((1 - share) / done))} left`;
    },
  };
}

/** Counts steps of one kind, and shows them: `4 of 10 rounds`. `total` may grow while the work runs. */
export function countSteps(progress: Progress, unit: string): (steps: number, total: number) => void {
  let done = 0;
  return (steps, total) => {
    done += steps;
    progress.at(Math.min(1, done / Math.max(1, total)), `${count(done)} of ${count(total)} ${unit}`);
  };
}

/** How far a stream of notes has come. */
export interface NoteCount {
  /** `readBytes` of the input were read for a note, or for several. */
  done(readBytes: number, notes?: number): void;
}

/**
 * Counts notes of an input, and shows them with their rate: `120 notes, 14.2 notes/s`.
 * @param totalBytes bytes of the whole input; null where nobody knows
 */
export function countNotes(progress: Progress, totalBytes: number | null, monotonicMs: () => number = () => performance.now()): NoteCount {
  const startMs = monotonicMs();
  let [notes, bytes] = [0, 0];
  return {
    done(readBytes, more = 1) {
      notes += more;
      bytes += readBytes;
      const ms = monotonicMs() - startMs;
      const share = totalBytes === null ? null : Math.min(1, bytes / Math.max(1, totalBytes));
      progress.at(share, `${count(notes)} notes, ${short(ms > 0 ? (1000 * notes) / ms : 0)} notes/s`);
    },
  };
}

/** Work of unknown length, shown by its name: `Starting ... 3 s`. @param shown where a display begins, or the stream for one */
export async function whileShown<T>(shown: StartProgress | Output, what: string, work: (progress: Progress) => Promise<T>): Promise<T> {
  const startMs = performance.now();
  const progress = (typeof shown === 'function' ? shown : progressOn(shown))(what);
  const tick = setInterval(() => progress.at(null), TICK_MS);
  let how = 'failed';
  try {
    progress.at(null);
    const result = await work(progress);
    how = 'done';
    return result;
  } finally {
    clearInterval(tick);
    progress.end();
    progress.line(`${what}: ${how}, ${duration((performance.now() - startMs) / 1000)}`);
  }
}
