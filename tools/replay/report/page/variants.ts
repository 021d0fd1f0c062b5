import { type PageSection, paragraph, table } from '@epee/html';
import { count } from '@epee/terminal';
import { COMPARED_TASKS } from '../../tally/items.ts';
import { right } from '../columns.ts';
import type { VariantReport } from '../report.ts';
import { digits, percentWithRange, variantTitle } from '../words.ts';

/** What each variant did. */
export function variantsSection(variants: readonly VariantReport[]): PageSection {
  const failures = variants.flatMap(({ id, failures }) => Object.entries(failures).map(([code, number]) => [id, code, count(number)]));
  return {
    title: 'Variants',
    about:
      "Layers saved: 1 - layers run / layers of full depth, over all rows. Engine time is each note's share of its batches, by tokens and layers; for times by the clock see epee bench.",
    content: [
      table(
        [
          { heading: '' },
          { heading: 'model and policy' },
          ...['results', 'failed', 'sections', 'events', 'entities', 'relations', 'rows', 'exit layer', 'layers saved', 'ms per note'].map(
            right,
          ),
        ],
        variants.map(({ id, model, policy, results, failures, found, rows, meanExitLayer, layersSaved, computeMsPerNote }) => [
          id,
          variantTitle({ model, policy }),
          count(results),
          count(Object.values(failures).reduce((sum, number) => sum + number, 0)),
          ...COMPARED_TASKS.map((task) => count(found[task])),
          count(rows),
          digits(meanExitLayer, 1),
          percentWithRange(layersSaved),
          digits(computeMsPerNote, 1),
        ]),
      ),
      ...(failures.length === 0
        ? []
        : [
            paragraph('Records without a result, by code. docs/ERRORS.md says what each code means.'),
            table([{ heading: 'variant' }, { heading: 'code' }, right('records')], failures),
          ]),
    ],
  };
}
