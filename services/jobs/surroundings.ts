import { performance } from 'node:perf_hooks';
import type { Surroundings } from './types.ts';

/** The process' own clocks and chance. */
export const processSurroundings: Surroundings = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  random: Math.random,
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};
