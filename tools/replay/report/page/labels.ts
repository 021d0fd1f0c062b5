import { barChart, type PageSection, table } from '@epee/html';
import { count, counted } from '@epee/terminal';
import { INTERVALS, right } from '../columns.ts';
import type { LabelsReport } from '../report.ts';
import { pointsWithRange, signedPoints } from '../words.ts';

/** Scores on labelled documents. */
export function labelsSection({ file, documents, missing, scores, differences }: LabelsReport): PageSection {
  const ids = Object.keys(scores);
  const parts = Object.keys(scores[ids[0]!] ?? {});
  return {
    title: 'Scores on labels',
    about: `${counted(documents, 'document')} of ${file} in the replay${missing === 0 ? '' : `, ${count(missing)} not in it`}. Exact places and labels, micro averages in percent. ${INTERVALS}`,
    content: [
      barChart({
        title: 'F1',
        categories: parts,
        series: ids.map((id) => ({ name: id, bars: parts.map((part) => scores[id]![part]!.f1Interval) })),
        yMax: 100,
      }),
      table(
        [
          { heading: 'variant' },
          { heading: 'part' },
          ...['wanted', 'precision', 'recall', 'F1 (95 % interval)', 'against the first'].map(right),
        ],
        ids.flatMap((id) =>
          parts.map((part) => {
            const { gold, precision, recall, f1Interval } = scores[id]![part]!;
            const difference = differences[id]?.[part];
            return [
              id,
              part,
              count(gold),
              precision.toFixed(1),
              recall.toFixed(1),
              pointsWithRange(f1Interval),
              difference === undefined ? '' : signedPoints(difference),
            ];
          }),
        ),
      ),
    ],
  };
}
