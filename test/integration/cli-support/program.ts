import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '../../..');
const MARK = 'EPEE_TEST_MARK';

/** The tiny model package of the tests: its answers mean nothing. */
export const TINY_MODEL = join(ROOT, 'test/fixtures/tiny-model');

/** The same for images. */
export const TINY_IMAGE_MODEL = join(ROOT, 'test/fixtures/tiny-vit');

/** How a program is started. */
export interface ProgramOptions {
  /** Variables beside PATH, HOME and the like; `EPEE_` variables of this process are not passed on. */
  readonly env?: Readonly<Record<string, string>>;
  /** Standard input; `open` leaves it open for {@link Program.write}. @default nothing */
  readonly input?: string | Buffer | 'open';
}

/** How a program ended. */
export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running `epee`. */
export interface Program {
  readonly ended: Promise<Ended>;
  /** Resolves when both outputs together match; rejects when the program ends first. */
  seen(pattern: RegExp): Promise<void>;
  /** As `seen`; answers the match. */
  found(pattern: RegExp): Promise<RegExpExecArray>;
  /** To its standard input. */
  write(text: string): void;
  /** To the program itself. */
  kill(signal: NodeJS.Signals): void;
  /** Ids of the processes that it has started, directly or not, and that still run; itself included. Linux only. */
  family(): number[];
}

/** Starts `epee` as a user does, in a process group of its own. */
export function startEpee(args: readonly string[], { env = {}, input }: ProgramOptions = {}): Program {
  const mark = randomUUID();
  const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('EPEE_') && name !== 'NODE_OPTIONS'));
  const child = spawn(process.execPath, [join(ROOT, 'services/cli/bin/epee.mjs'), ...args], {
    cwd: ROOT,
    detached: true,
    env: { ...clean, EPEE_MODEL_DIR: TINY_MODEL, EPEE_IMAGE_MODEL_DIR: TINY_IMAGE_MODEL, ...env, [MARK]: mark },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const out = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      out[name] += chunk;
      for (const listener of listeners) listener();
    });
  }
  child.stdin.on('error', () => undefined);
  if (input !== 'open') child.stdin.end(input);
  const ended = new Promise<Ended>((done, fail) => {
    child.once('error', fail);
    child.once('close', (exitCode) => done({ exitCode, ...out }));
  });
  return {
    ended,
    seen: (pattern) => seen(pattern),
    found: async (pattern) => {
      await seen(pattern);
      return pattern.exec(out.stdout + out.stderr)!;
    },
    write: (text) => void child.stdin.write(text),
    kill: (signal) => void child.kill(signal),
    family: () => marked(mark),
  };

  function seen(pattern: RegExp): Promise<void> {
    return new Promise((resolveSeen, fail) => {
      const look = () => {
        if (!pattern.test(out.stdout + out.stderr)) return;
        listeners.delete(look);
        resolveSeen();
      };
      listeners.add(look);
      ended.then(({ exitCode }) => fail(new Error(`ended with ${exitCode} before ${pattern} was seen:\n${out.stdout}${out.stderr}`)), fail);
      look();
    });
  }
}

/** Runs `epee` to its end. */
export const epee = (args: readonly string[], options?: ProgramOptions): Promise<Ended> => startEpee(args, options).ended;

/** Whatever a process starts inherits its environment, so that the mark finds it wherever it has gone. */
function marked(mark: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`${MARK}=${mark}`);
      } catch {
        return false;
      }
    })
    .map(Number);
}
