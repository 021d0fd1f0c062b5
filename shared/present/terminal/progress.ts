import { SingleBar } from 'cli-progress';
import type { Output } from './context.ts';
import { count, duration, short } from './numbers.ts';

/** Shows how far a stream of notes has come. */
export interface NoteProgress {
  /** A note is done, or several; `readBytes` of the input were read for them. */
  done(readBytes: number, notes?: number): void;
  /** Writes a line without disturbing what is shown. */
  line(text: string): void;
  end(): void;
}

/** What progress is measured by. */
export interface ProgressOptions {
  /** What is being done, one word or two. */
  readonly what: string;
  /** Bytes of the whole input, or null where nobody knows. */
  readonly totalBytes: number | null;
  readonly monotonicMs?: () => number;
}

const PLAIN_EVERY_MS = 5000;
const ESTIMATE_AFTER_MS = 500;

/** On a terminal a bar with notes/s and the time left; elsewhere a plain line every five seconds. */
export function startProgress(out: Output, options: ProgressOptions): NoteProgress {
  return out.isTTY === true ? onTerminal(out, options) : inLines(out, options);
}

function onTerminal(out: Output, { what, totalBytes, monotonicMs = () => performance.now() }: ProgressOptions): NoteProgress {
  const meter = createMeter(totalBytes, monotonicMs);
  const format =
    totalBytes === null ? `${what} {notes} notes  {rate} notes/s` : `${what} {bar} {percentage} %  {notes} notes  {rate} notes/s  {left}`;
  const bar = new SingleBar({
    stream: out as NodeJS.WritableStream,
    format,
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
    fps: 10,
    gracefulExit: false,
  });
  bar.start(totalBytes ?? 1, 0, meter.shown());
  return {
    done: (readBytes, more = 1) => {
      meter.add(readBytes, more);
      bar.update(Math.min(meter.bytes(), totalBytes ?? 0), meter.shown());
    },
    line: (text) => out.write(`\r\x1b[2K${text}\n`),
    end: () => bar.stop(),
  };
}

function inLines(out: Output, { what, totalBytes, monotonicMs = () => performance.now() }: ProgressOptions): NoteProgress {
  const meter = createMeter(totalBytes, monotonicMs);
  let toldMs = monotonicMs();
  return {
    done: (readBytes, more = 1) => {
      meter.add(readBytes, more);
      if (monotonicMs() - toldMs < PLAIN_EVERY_MS) return;
      toldMs = monotonicMs();
      const { notes, rate, left } = meter.shown();
      out.write(`${what}: ${notes} notes, ${rate} notes/s${left === '' ? '' : `, ${left}`}\n`);
    },
    line: (text) => out.write(`${text}\n`),
    end: () => undefined,
  };
}

function createMeter(totalBytes: number | null, monotonicMs: () => number) {
  const startMs = monotonicMs();
  let notes = 0;
  let bytes = 0;
  return {
    add(readBytes: number, more: number) {
      notes += more;
      bytes += readBytes;
    },
    bytes: () => bytes,
    shown() {
      const ms = monotonicMs() - startMs;
      const known = totalBytes !== null && bytes > 0 && ms > ESTIMATE_AFTER_MS && notes > 0;
      const left = known ? `${duration(Math.max(0, (ms / 1000) * (totalBytes / bytes - 1)))} left` : '';
      return { notes: count(notes), rate: short(ms > 0 ? (1000 * notes) / ms : 0), left };
    },
  };
}
