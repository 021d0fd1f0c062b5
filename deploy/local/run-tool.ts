import { spawn } from 'node:child_process';

/** Output and exit code of a program; `missing` where it does not exist. */
export interface ToolAnswer {
  readonly missing: boolean;
  readonly exitCode: number | null;
  /** stdout and stderr together. */
  readonly output: string;
}

/**
 * Runs a short program; never rejects. After `timeoutMs` the program is killed, and its exit code
 * is null.
 */
export function runTool(
  command: string,
  args: readonly string[],
  { timeoutMs = 20_000, cwd, env = {} }: { timeoutMs?: number; cwd?: string; env?: Readonly<Record<string, string>> | undefined } = {},
): Promise<ToolAnswer> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      ...(cwd === undefined ? {} : { cwd }),
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // Not spawn's `timeout`: where the program does not exist, its timer keeps this process alive.
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    let output = '';
    const keep = (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-100_000);
    };
    const finish = (answer: ToolAnswer) => {
      clearTimeout(timer);
      resolve(answer);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) =>
      finish({ missing: (error as NodeJS.ErrnoException).code === 'ENOENT', exitCode: null, output: error.message }),
    );
    child.on('close', (exitCode) => finish({ missing: false, exitCode, output }));
  });
}
