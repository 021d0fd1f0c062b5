export { median, pieces, type Ratio, ratio, spread, steadyMs, turnOf } from './statistics.ts';
