export { type Ratio, median, pieces, ratio, spread, steadyMs, turnOf } from './statistics.ts';
