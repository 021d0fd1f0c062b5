import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prepare } from './prepare.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Programs by name: the module whose `main(args)` answers the exit code. */
const TARGETS = {
  epee: 'services/cli/main.js',
  test: 'test/runner/main.js',
  soak: 'test/faults/soak/main.js',
};

/** This target installs and compiles only. */
const PREPARE_ONLY = 'build';

/**
 * Installs the packages and compiles where needed, then runs a target in this process.
 *
 * @param {string[]} args the name of the target, then its arguments
 */
export async function run([target, ...args]) {
  const file = TARGETS[target];
  if (file === undefined && target !== PREPARE_ONLY) {
    console.error(`Usage: node scripts/bootstrap.mjs ${[...Object.keys(TARGETS), PREPARE_ONLY].join('|')} [arguments]`);
    process.exit(2);
  }
  process.exitCode = await prepare(ROOT);
  if (process.exitCode !== 0 || file === undefined) return;
  const { main } = await import(resolve(ROOT, file));
  process.exitCode = await main(args);
}
