import { EpeeError } from '@epee/errors';
import {
  type Case,
  curveOf,
  dominates,
  type ExitPolicy,
  exitLayersOf,
  exitsKey,
  FULL_DEPTH,
  fitTemperature,
  frontierOf,
  labelProbability,
  meanAuroc,
  PATIENCES,
  policyChains,
  reliabilityOf,
  THRESHOLDS,
  within,
} from '@epee/exits';
import type { LoadedModel } from '@epee/model';
import { noneOf } from '../read/scored-tasks.ts';
import type { HardRow, HeadReport, TaskCurve } from '../report/report.ts';
import type { View } from '../score/views.ts';
import type { Probe } from './probes.ts';

/** Hardest rows that are listed. */
const HARDEST = 20;

/** Every pair of threshold and patience that is looked at; full depth first. */
export function gridOf(layers: number): ExitPolicy[] {
  return [FULL_DEPTH, ...policyChains({ thresholds: THRESHOLDS, patiences: PATIENCES, layers }).flat()];
}

/** The curve of each task of the model over all pairs. */
export function curvesOf(cases: readonly Case[], grid: readonly ExitPolicy[], { tasks }: Pick<LoadedModel, 'tasks'>): TaskCurve[] {
  const byTask = new Map<string, Case[]>();
  for (const one of cases) {
    if (!byTask.has(one.task)) byTask.set(one.task, []);
    byTask.get(one.task)!.push(one);
  }
  return [...byTask].map(([task, own]): TaskCurve => {
    const points = curveOf(own, grid);
    const best = (set: 'entropy' | 'patience' | 'epee') => frontierOf(points.filter(({ policy }) => within(set, policy)));
    const frontiers = { entropy: best('entropy'), patience: best('patience'), epee: best('epee') };
    if (!dominates(frontiers.epee, frontiers.entropy) || !dominates(frontiers.epee, frontiers.patience))
      throw new EpeeError('INTERNAL', `the frontier of both criteria lies under that of one (task ${task})`, { stage: 'cli' });
    const spec = tasks.find(({ name }) => name === task)!;
    const isLabelled = own.every(({ gold }) => gold !== null);
    const measure = !isLabelled ? 'agreement with full depth' : spec.kind !== 'tagging' && noneOf(spec) === null ? 'accuracy' : 'micro F1';
    return { task, measure, points, frontiers };
  });
}

/** How far each layer's head can be believed; temperatures are fitted on `fitted`. */
export function headsOf(probes: readonly Probe[], fitted: readonly Probe[]): HeadReport[] {
  const layers = probes[0]?.layers.length ?? 0;
  return Array.from({ length: layers }, (_, layer): HeadReport => {
    const at = (all: readonly Probe[]) => all.map(({ layers, gold }) => ({ logits: layers[layer]!, gold }));
    const temperature = fitTemperature(at(fitted));
    const { ece, nll } = reliabilityOf(at(probes), temperature);
    return { layer: layer + 1, ...reliabilityOf(at(probes)), temperature, scaled: { ece, nll } };
  });
}

/** Mean area under the ROC curve of a view; null where all rows are of one class. */
export function aurocOfView(view: View, probes: readonly Probe[]): number | null {
  const rows = probes.map(({ task, layers }) => {
    const { exitLayer } = view.decide({ kind: 'pooled', layers }, task);
    const logits = layers[exitLayer - 1]!;
    return Array.from(logits, (_, label) => labelProbability(logits, label));
  });
  return meanAuroc(
    rows,
    probes.map(({ gold }) => gold),
  );
}

/** Rows whose entropy stays highest over the layers, hardest first. */
export function hardestOf(cases: readonly Case[], views: readonly View[]): HardRow[] {
  const meanOf = ({ rows }: Case) =>
    Math.max(0, ...rows.map(({ trace }) => trace.entropies.reduce((sum, entropy) => sum + entropy, 0) / trace.entropies.length));
  return cases
    .map((one) => ({ one, meanEntropy: meanOf(one) }))
    .toSorted((a, b) => b.meanEntropy - a.meanEntropy)
    .slice(0, HARDEST)
    .map(({ one, meanEntropy }): HardRow => {
      const full = one.answers.get(exitsKey(one.rows.map(({ trace }) => trace.entropies.length)))!;
      const named = views.filter(({ kind }) => kind === 'policy');
      const deepest = (view: View) => Math.max(0, ...exitLayersOf(one.rows, view.policyOf(one.task)!));
      return {
        id: one.id,
        task: one.task,
        meanEntropy,
        errors: full.counts === null ? null : full.counts.found + full.counts.gold - 2 * full.counts.right,
        exitLayers: Object.fromEntries(named.map((view) => [view.name, deepest(view)])),
      };
    });
}
