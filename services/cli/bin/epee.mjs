#!/usr/bin/env node
import { existsSync } from 'node:fs';

const program = new URL('../main.js', import.meta.url);

if (!existsSync(program)) {
  console.error('epee: this folder is not built yet. Run `npm ci` and `npm run build` in it, then the same command again.');
  process.exit(3);
}
const { main } = await import(program.href);
process.exitCode = await main(process.argv.slice(2));
