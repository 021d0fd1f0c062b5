import { Command } from 'commander';
import type { Runner } from '../context.ts';
export function demoCommand(_run: Runner): Command {
  return new Command('demo');
}
