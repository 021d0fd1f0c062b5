import type { ClassDrift, DriftPoint, DriftReport, DriftStretch } from '../report/report.ts';
import { differenceOf } from './compare.ts';
import { fromMillionths, millionths } from './exact.ts';
import { COMPARED_TASKS, type ComparedTask } from './items.ts';
import type { ReplayedDocument, VariantAnswer } from './replayed-document.ts';
import { createTimeline } from './timeline.ts';

/** Stretches of time, at most. */
const MOST_STRETCHES = 40;
const CLASSES_SHOWN = 12;
/** Smaller moves of a share are not shown. */
const LEAST_SHIFT = 0.0005;

/** Label counts by task. */
type Classes = Record<ComparedTask, Map<string, number>>;

interface VariantSums {
  notes: number;
  rows: number;
  layersRun: number;
  /** Millionths. */
  entropySum: number;
  entropyRows: number;
  found: number;
  /** Millionths. */
  confidenceSum: number;
  readonly classes: Classes;
}

interface StretchSums {
  documents: number;
  readonly variants: Map<string, VariantSums>;
  /** By the second variant's letter. */
  readonly agreement: Map<string, { both: number; all: number }>;
}

/** Adds up how findings change over time. */
export interface DriftTally {
  add(document: ReplayedDocument): void;
  report(): DriftReport;
}

/** @param variants letters of all variants; the first is compared with the others */
export function createDriftTally(variants: readonly string[]): DriftTally {
  const [first, ...others] = variants;
  const timeline = createTimeline<StretchSums>({ most: MOST_STRETCHES, empty: () => emptyStretch(variants), join: joinStretch });
  return {
    add({ origin, answers }) {
      const stretch = timeline.at(origin.timeMs);
      stretch.documents += 1;
      for (const [id, answer] of answers) if (answer.kind === 'result') addAnswer(stretch.variants.get(id)!, answer);
      const one = answers.get(first!);
      for (const id of others) {
        const other = answers.get(id);
        if (one?.kind !== 'result' || other?.kind !== 'result') continue;
        const agreement = stretch.agreement.get(id)!;
        for (const task of COMPARED_TASKS) {
          const { a, b, both } = differenceOf(one.items[task], other.items[task]);
          agreement.both += 2 * both;
          agreement.all += a + b;
        }
      }
    },
    report() {
      const stretches = timeline.stretches();
      const whole = emptyStretch(variants);
      for (const { value } of stretches) joinStretch(whole, value);
      return {
        widthMs: timeline.widthMs(),
        stretches: stretches.map(({ fromMs, value }) => stretchReport(fromMs, value, whole)),
        classes: classDrift(
          stretches.map(({ value }) => value),
          variants,
        ),
      };
    },
  };
}

function addAnswer(sums: VariantSums, { items, compute, rows }: Extract<VariantAnswer, { kind: 'result' }>): void {
  sums.notes += 1;
  sums.rows += compute.rows;
  sums.layersRun += compute.layersRun;
  for (const use of Object.values(rows)) {
    sums.entropySum += millionths(use.entropySum);
    sums.entropyRows += use.rows;
  }
  for (const task of COMPARED_TASKS) {
    for (const { label, confidence } of items[task]) {
      sums.found += 1;
      sums.confidenceSum += millionths(confidence);
      sums.classes[task].set(label, (sums.classes[task].get(label) ?? 0) + 1);
    }
  }
}

function stretchReport(fromMs: number, { documents, variants, agreement }: StretchSums, whole: StretchSums): DriftStretch {
  const share = (part: number, all: number) => (all === 0 ? null : part / all);
  const point = (id: string, sums: VariantSums): DriftPoint => ({
    meanEntropy: share(fromMillionths(sums.entropySum), sums.entropyRows),
    meanConfidence: share(fromMillionths(sums.confidenceSum), sums.found),
    meanExitLayer: share(sums.layersRun, sums.rows),
    eventsPerNote: share(total(sums.classes.events), sums.notes),
    classShift: classShift(sums.classes, whole.variants.get(id)!.classes),
  });
  return {
    from: new Date(fromMs).toISOString(),
    documents,
    variants: Object.fromEntries([...variants].map(([id, sums]) => [id, point(id, sums)])),
    agreement: Object.fromEntries([...agreement].map(([id, { both, all }]) => [id, share(both, all)])),
  };
}

/**
 * Jensen-Shannon divergence of label shares, weighted by task as often as its labels occur; null
 * where nothing was found.
 */
function classShift(own: Classes, whole: Classes): number | null {
  const tasks = COMPARED_TASKS.filter((task) => total(own[task]) > 0);
  const all = tasks.reduce((sum, task) => sum + total(own[task]), 0);
  if (all === 0) return null;
  return tasks.reduce((sum, task) => sum + (total(own[task]) / all) * divergence(own[task], whole[task]), 0);
}

/** Jensen-Shannon divergence of two counts of labels, base 2: 0 the same, 1 nothing in common. */
export function divergence(one: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>): number {
  const [allOfOne, allOfOther] = [total(one), total(other)];
  let sum = 0;
  // In a fixed order, so that rounding is always the same.
  for (const label of [...new Set([...one.keys(), ...other.keys()])].sort()) {
    const [p, q] = [(one.get(label) ?? 0) / allOfOne, (other.get(label) ?? 0) / allOfOther];
    const middle = (p + q) / 2;
    if (p > 0) sum += (p / 2) * Math.log2(p / middle);
    if (q > 0) sum += (q / 2) * Math.log2(q / middle);
  }
  return Math.min(1, Math.max(0, sum));
}

/** Shares of labels in the earlier and the later half of the documents; empty for one stretch. */
function classDrift(stretches: readonly StretchSums[], variants: readonly string[]): Record<string, ClassDrift[]> {
  const documents = stretches.reduce((sum, stretch) => sum + stretch.documents, 0);
  const [earlier, later] = [emptyStretch(variants), emptyStretch(variants)];
  let seen = 0;
  for (const stretch of stretches) {
    joinStretch(seen + stretch.documents / 2 <= documents / 2 ? earlier : later, stretch);
    seen += stretch.documents;
  }
  if (earlier.documents === 0 || later.documents === 0) return {};
  return Object.fromEntries(variants.map((id) => [id, shiftsOf(earlier.variants.get(id)!.classes, later.variants.get(id)!.classes)]));
}

function shiftsOf(earlier: Classes, later: Classes): ClassDrift[] {
  const shifts = COMPARED_TASKS.flatMap((task) => {
    const [before, after] = [total(earlier[task]), total(later[task])];
    if (before === 0 || after === 0) return [];
    const labels = new Set([...earlier[task].keys(), ...later[task].keys()]);
    return [...labels].map(
      (label): ClassDrift => ({
        task,
        label,
        earlier: (earlier[task].get(label) ?? 0) / before,
        later: (later[task].get(label) ?? 0) / after,
      }),
    );
  });
  const moved = (drift: ClassDrift) => Math.abs(drift.later - drift.earlier);
  return shifts
    .filter((drift) => moved(drift) >= LEAST_SHIFT)
    .sort((one, other) => moved(other) - moved(one) || (one.label < other.label ? -1 : 1))
    .slice(0, CLASSES_SHOWN);
}

const total = (counts: ReadonlyMap<string, number>) => [...counts.values()].reduce((sum, count) => sum + count, 0);

function emptyStretch(variants: readonly string[]): StretchSums {
  const classes = (): Classes => ({ sections: new Map(), events: new Map(), entities: new Map(), relations: new Map() });
  return {
    documents: 0,
    variants: new Map(
      variants.map((id) => [
        id,
        { notes: 0, rows: 0, layersRun: 0, entropySum: 0, entropyRows: 0, found: 0, confidenceSum: 0, classes: classes() },
      ]),
    ),
    agreement: new Map(variants.slice(1).map((id) => [id, { both: 0, all: 0 }])),
  };
}

function joinStretch(into: StretchSums, from: StretchSums): void {
  into.documents += from.documents;
  for (const [id, more] of from.variants) {
    const sums = into.variants.get(id)!;
    for (const name of ['notes', 'rows', 'layersRun', 'entropySum', 'entropyRows', 'found', 'confidenceSum'] as const)
      sums[name] += more[name];
    for (const task of COMPARED_TASKS) {
      for (const [label, count] of more.classes[task]) sums.classes[task].set(label, (sums.classes[task].get(label) ?? 0) + count);
    }
  }
  for (const [id, { both, all }] of from.agreement) {
    const sums = into.agreement.get(id)!;
    sums.both += both;
    sums.all += all;
  }
}
