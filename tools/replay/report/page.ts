import { type Headline, page } from '@epee/html';
import { count } from '@epee/terminal';
import { comparisonSection, worstSection } from './page/comparison.ts';
import { driftSection } from './page/drift.ts';
import { exitsSection } from './page/exits.ts';
import { labelsSection } from './page/labels.ts';
import { variantsSection } from './page/variants.ts';
import type { ComparisonReport, ReplayReport, VariantReport } from './report.ts';
import { digits, percentOf, variantTitle } from './words.ts';

/** The report as one self-contained HTML page. */
export function replayPage(report: ReplayReport): string {
  const { run, documents, incomplete, variants, comparisons } = report;
  const offsets = run.ranges.map(({ partition, from, to }) => `${partition}: ${from} to ${BigInt(to) - 1n}`).join(', ');
  return page({
    title: `Replay ${run.id}`,
    about: `What ${variants.length === 1 ? 'one variant' : `${variants.length} variants`} found in a range of ${run.topic}${run.finished ? '' : '. The run is not finished: this is what it found so far'}.`,
    facts: [
      ['begun', run.createdAt],
      ['offsets by partition', offsets],
      ['records', `${count(documents)} answered by every variant${incomplete === 0 ? '' : `, ${count(incomplete)} by some only`}`],
      ['arithmetic', run.precision],
      ...variants.map(
        ({ id, model, policy }) => [`variant ${id}`, `${variantTitle({ model, policy })} (${model.sha256.slice(0, 12)})`] as const,
      ),
    ],
    headlines:
      comparisons.length === 0 ? variants.slice(0, 1).flatMap(variantHeadlines) : comparisons.slice(0, 1).flatMap(comparisonHeadlines),
    sections: [
      variantsSection(variants),
      ...comparisons.map(comparisonSection),
      ...(report.labels === null ? [] : [labelsSection(report.labels)]),
      exitsSection(variants),
      driftSection(report),
      ...comparisons.filter(({ worst }) => worst.length > 0).map(worstSection),
    ],
  });
}

function variantHeadlines({ id, layersSaved, results, meanExitLayer }: VariantReport): Headline[] {
  return [
    { value: count(results), meaning: 'results' },
    { value: percentOf(layersSaved.value), meaning: `layers saved by ${id} against full depth` },
    { value: digits(meanExitLayer, 1), meaning: 'mean exit layer' },
  ];
}

function comparisonHeadlines({ a, b, tasks, identical, layersSaved, timeSaved }: ComparisonReport): Headline[] {
  const headline = (value: number, meaning: string): Headline => ({ value: percentOf(value), meaning });
  return [
    headline(tasks.events.agreement.value, `agreement of ${b} with ${a} on events`),
    headline(tasks.entities.agreement.value, 'agreement on entities'),
    headline(identical.value, 'of the documents the same in everything'),
    headline(layersSaved.value, `fewer layers in ${b} than in ${a}`),
    headline(timeSaved.value, `less engine time in ${b} than in ${a}`),
  ];
}
