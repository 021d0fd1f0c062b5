import { bootstrapIntervals, type Counts, type Interval, seededRandom } from '@epee/exits';
import type { ViewReport } from '../report/report.ts';
import type { ReportOptions, Tally } from './tally.ts';

/** Draws the documents: the same ones for every view and every run. */
const SEED = 1;

/** Documents that were scored. */
export const documentsOf = (tallies: readonly Tally[]): number => tallies[0]?.documents().size ?? 0;

/** The views' reports, with intervals of their scores and of their differences to full depth. */
export function viewReports(tallies: readonly Tally[], options: ReportOptions): ViewReport[] {
  const reports = tallies.map((tally) => tally.report(options));
  const full = reports.findIndex(({ name, kind }) => kind === 'policy' && name === 'full');
  const reference = full >= 0 ? full : reports.findLastIndex(({ kind }) => kind === 'layer');
  const intervals = reports.map((): Record<string, Interval> => ({}));
  const differences = reports.map((): Record<string, Interval> => ({}));
  for (const name of new Set(reports.flatMap(({ scores }) => Object.keys(scores)))) {
    // Of layers only the whole is scored, not each label of facts.
    const places = [...reports.keys()].filter((at) => reports[at]!.scores[name] !== undefined);
    const series = places.map((at) => byDocument(tallies[at]!, name));
    const compared = places.indexOf(reference);
    const found = bootstrapIntervals(series, { random: seededRandom(SEED), reference: compared < 0 ? null : compared });
    for (const [index, { f1, difference }] of found.entries()) {
      const at = places[index]!;
      intervals[at]![name] = f1;
      if (difference !== null) differences[at]![name] = difference;
    }
  }
  return reports.map((report, at) => ({ ...report, intervals: intervals[at]!, differences: differences[at]! }));
}

function byDocument(tally: Tally, name: string): Map<string, Counts> {
  return new Map(
    [...tally.documents()].flatMap(([document, counts]) => (counts.has(name) ? [[document, counts.get(name)!] as const] : [])),
  );
}
