export { BENCH_PARTS, type BenchPart } from './report.ts';
export { type BenchRequest, runBench } from './run-bench.ts';
