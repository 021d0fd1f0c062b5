#!/usr/bin/env node
import { existsSync } from 'node:fs';

const program = new URL('../main.js', import.meta.url);

if (!existsSync(program)) {
  console.error('epee: this folder is not built yet. Run `npm ci` and `npm run build` in it, then the same command again.');
  process.exit(3);
}
const { main } = await import(program.href);
// A client that could not connect, or work that was given up, would keep the process alive.
process.exit(await main(process.argv.slice(2)));
