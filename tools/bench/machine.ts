import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, availableParallelism, cpus, loadavg, platform, release, totalmem } from 'node:os';
import { runtimeVersion } from '@epee/engine';

/** What was measured on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  readonly onnxRuntime: string;
  readonly epee: string;
  /** Load average of the minute before: what else the machine had to do. */
  readonly loadBefore: number;
}

/** Describes this machine. */
export function thisMachine(): Machine {
  const { version } = JSON.parse(readFileSync(createRequire(import.meta.url).resolve('./package.json'), 'utf8'));
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()} ${arch()}`,
    node: process.version,
    onnxRuntime: runtimeVersion(),
    epee: version,
    loadBefore: loadavg()[0]!,
  };
}
