import { type Case, caseOutcome } from './calibration/cases.ts';
import { addCounts, NO_COUNTS, scoreOf } from './scoring.ts';
import type { ExitPolicy } from './types.ts';

/** What a policy makes of all cases. */
export interface CurvePoint {
  readonly policy: ExitPolicy;
  /** Micro F1 in percent; without wanted answers the share of answers that are those of full depth, in percent. */
  readonly score: number;
  readonly meanExitLayer: number;
  /** Share of full depth's tokens times layers that is run, 0 to 1. */
  readonly cost: number;
  /** Share of the cases whose answer is not that of full depth, 0 to 1. */
  readonly differs: number;
}

/** Which criteria a policy uses. */
export type CriterionSet = 'entropy' | 'patience' | 'epee';

/** Follows policies through the cases, one point each. */
export function curveOf(cases: readonly Case[], policies: readonly ExitPolicy[]): CurvePoint[] {
  const isLabelled = cases.every(({ gold }) => gold !== null);
  const fullCost = cases.reduce(
    (sum, { rows }) => sum + rows.reduce((own, { tokens, trace }) => own + tokens * trace.entropies.length, 0),
    0,
  );
  const rows = cases.reduce((sum, one) => sum + one.rows.length, 0);
  return policies.map((policy): CurvePoint => {
    let [counts, layers, cost, different] = [NO_COUNTS, 0, 0, 0];
    for (const one of cases) {
      const { answer, full, exitLayers, tokenLayers } = caseOutcome(one, policy);
      if (answer.counts !== null) counts = addCounts(counts, answer.counts);
      for (const layer of exitLayers) layers += layer;
      cost += tokenLayers;
      if (answer.key !== full.key) different += 1;
    }
    const differs = cases.length === 0 ? 0 : different / cases.length;
    return {
      policy,
      score: isLabelled ? scoreOf(counts).f1 : 100 * (1 - differs),
      meanExitLayer: rows === 0 ? 0 : layers / rows,
      cost: fullCost === 0 ? 1 : cost / fullCost,
      differs,
    };
  });
}

/** Policies that use no criterion beyond those of a set; full depth is in all of them. */
export function within(set: CriterionSet, { entropyThreshold, patience }: ExitPolicy): boolean {
  if (set === 'entropy') return patience === 'off';
  return set === 'epee' || entropyThreshold === 'off';
}

/** The points than which none is both at least as cheap and better: cheapest first, scores rising. */
export function frontierOf(points: readonly CurvePoint[]): CurvePoint[] {
  const best: CurvePoint[] = [];
  for (const point of points.toSorted((a, b) => a.cost - b.cost || b.score - a.score)) {
    if (best.length === 0 || point.score > best.at(-1)!.score) best.push(point);
  }
  return best;
}

/** Whether at every cost one frontier's score is at least another's. */
export function dominates(frontier: readonly CurvePoint[], other: readonly CurvePoint[]): boolean {
  return other.every(({ cost, score }) => frontier.some((point) => point.cost <= cost && point.score >= score));
}
