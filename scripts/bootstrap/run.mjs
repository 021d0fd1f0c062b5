import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from './install.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Programs that can be started: the module that each is, whose `main(args)` answers with the exit code. */
const TARGETS = {
  epee: 'services/cli/main.ts',
  test: 'test/runner/main.ts',
  soak: 'test/faults/soak/main.ts',
};

/**
 * Installs the packages where that is needed, then runs a target in this process.
 *
 * @param {string[]} args the target's name, then its own arguments
 */
export async function run([target, ...args]) {
  const file = TARGETS[target];
  if (file === undefined) {
    console.error(`Usage: node scripts/bootstrap.mjs ${Object.keys(TARGETS).join('|')} [arguments]`);
    process.exit(2);
  }
  const exitCode = await ensureInstalled(ROOT);
  if (exitCode !== 0) process.exit(exitCode);
  const { register } = await import('tsx/esm/api');
  register();
  const { main } = await import(resolve(ROOT, file));
  process.exitCode = await main(args);
}
