import { type Counts, type LabelledSpan, scoreOf, spanCounts, yesCounts } from '@epee/exits';
import type { LabelsReport, ScoreReport } from '../report/report.ts';
import type { FoundItem, FoundItems } from './items.ts';
import type { ReplayedDocument } from './replayed-document.ts';
import type { Sums } from './sums.ts';

/** A labelled document: counts what a variant found in it, by what is scored. */
export interface LabelledDocument {
  counts(found: FoundItems): Readonly<Record<string, Counts>>;
}

/** Labelled documents of a file. */
export interface Labels {
  readonly file: string;
  /** What is scored, in the order in which it is shown. */
  readonly parts: readonly string[];
  readonly documents: ReadonlyMap<string, LabelledDocument>;
}

/** A document whose events are known: exact spans, each once (PHEE, EMNLP 2022). */
export function eventDocument(gold: Readonly<Record<'trigger' | 'main' | 'sub', readonly LabelledSpan[]>>): LabelledDocument {
  const all = Object.values(gold).flat();
  return {
    counts({ events, entities }) {
      const [triggers, spans] = [events.map(spanOf), entities.map(spanOf)];
      const isSub = ({ label }: LabelledSpan) => label.includes('.');
      return {
        trigger: spanCounts(triggers, gold.trigger),
        main: spanCounts(
          spans.filter((span) => !isSub(span)),
          gold.main,
        ),
        sub: spanCounts(spans.filter(isSub), gold.sub),
        all: spanCounts([...triggers, ...spans], all),
      };
    },
  };
}

/** A document of which only is known whether it tells of an adverse drug event. */
export const adverseDocument = (isAdverse: boolean): LabelledDocument => ({
  counts: ({ events }) => ({
    adverse: yesCounts(
      events.some(({ label }) => label === 'Adverse_event'),
      isAdverse,
    ),
  }),
});

const spanOf = ({ place, label }: FoundItem): LabelledSpan => {
  const [start, end] = place.split('-').map(Number);
  return { label, start: start!, end: end! };
};

/** Adds up scores on labelled documents. */
export interface LabelsTally {
  add(document: ReplayedDocument): void;
  report(): LabelsReport;
}

const COUNTS = ['found', 'gold', 'right'] as const;

/** Names of the sums that scores need. */
export const labelSums = (variants: readonly string[], parts: readonly string[]): string[] =>
  variants.flatMap((id) => parts.flatMap((part) => COUNTS.map((count) => `${id} ${part} ${count}`)));

/**
 * Its numbers go into `sums`, which the caller commits per document. A failed record found nothing.
 */
export function createLabelsTally({ file, parts, documents }: Labels, variants: readonly string[], sums: Sums): LabelsTally {
  let seen = 0;
  const countsOf = (id: string, part: string, of: (name: string) => number): Counts => ({
    found: of(`${id} ${part} found`),
    gold: of(`${id} ${part} gold`),
    right: of(`${id} ${part} right`),
  });
  const f1 = (id: string, part: string) => (of: (name: string) => number) => scoreOf(countsOf(id, part, of)).f1;
  const NOTHING: FoundItems = { sections: [], events: [], entities: [], relations: [] };
  return {
    add({ documentId, answers }) {
      const labelled = documentId === null ? undefined : documents.get(documentId);
      if (labelled === undefined) return;
      seen += 1;
      for (const id of variants) {
        const answer = answers.get(id);
        const counts = labelled.counts(answer?.kind === 'result' ? answer.items : NOTHING);
        for (const [part, of] of Object.entries(counts)) for (const count of COUNTS) sums.add(`${id} ${part} ${count}`, of[count]);
      }
    },
    report() {
      const [first, ...others] = variants;
      const score = (id: string, part: string): ScoreReport => {
        const counts = countsOf(id, part, sums.total);
        return { ...scoreOf(counts), gold: counts.gold, f1Interval: sums.estimate(f1(id, part)) };
      };
      const byPart = <T>(of: (part: string) => T) => Object.fromEntries(parts.map((part) => [part, of(part)]));
      return {
        file,
        documents: seen,
        missing: Math.max(0, documents.size - seen),
        scores: Object.fromEntries(variants.map((id) => [id, byPart((part) => score(id, part))])),
        differences: Object.fromEntries(
          others.map((id) => [id, byPart((part) => sums.estimate((of) => f1(id, part)(of) - f1(first!, part)(of)))]),
        ),
      };
    },
  };
}
