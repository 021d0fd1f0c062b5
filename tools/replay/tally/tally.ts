import type { ReplayReport, RunFacts } from '../report/report.ts';
import { seedOf } from './bootstrap.ts';
import { comparisonSums, createComparisonTally } from './comparison-tally.ts';
import { createDriftTally } from './drift-tally.ts';
import { createLabelsTally, type Labels, labelSums } from './labels.ts';
import type { ReplayedDocument } from './replayed-document.ts';
import { createSums } from './sums.ts';
import { createVariantTally, type VariantFacts, variantSums } from './variant-tally.ts';

/** Adds up a run document by document; memory does not grow with their number. */
export interface ReplayTally {
  add(document: ReplayedDocument): void;
  report(run: RunFacts, incomplete: number): ReplayReport;
}

/** What a tally starts from. */
export interface TallyOptions {
  /** In the order of their letters. */
  readonly variants: readonly VariantFacts[];
  readonly labels: Labels | null;
  /** @default RESAMPLES */
  readonly resamples?: number;
}

/** The order in which documents are added plays no part in the report. */
export function createReplayTally({ variants, labels, resamples }: TallyOptions): ReplayTally {
  const ids = variants.map(({ id }) => id);
  const [first, ...others] = ids;
  const sums = createSums(
    [
      ...ids.flatMap(variantSums),
      ...others.flatMap((other) => comparisonSums(first!, other)),
      ...(labels === null ? [] : labelSums(ids, labels.parts)),
    ],
    resamples,
  );
  const variantTallies = new Map(variants.map((facts) => [facts.id, createVariantTally(facts, sums)]));
  const comparisons = others.map((other) => createComparisonTally(first!, other, sums));
  const drift = createDriftTally(ids);
  const scores = labels === null ? null : createLabelsTally(labels, ids, sums);
  let documents = 0;
  return {
    add(document) {
      documents += 1;
      for (const [id, answer] of document.answers) variantTallies.get(id)?.add(answer);
      for (const comparison of comparisons) comparison.add(document);
      drift.add(document);
      scores?.add(document);
      sums.commit(seedOf(document.origin.partition, document.origin.offset));
    },
    report: (run, incomplete) => ({
      formatVersion: 1,
      run,
      documents,
      incomplete,
      variants: [...variantTallies.values()].map((tally) => tally.report()),
      comparisons: comparisons.map((comparison) => comparison.report()),
      drift: drift.report(),
      labels: scores?.report() ?? null,
    }),
  };
}
