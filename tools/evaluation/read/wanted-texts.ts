import { type Counts, type LabelledSpan, spanCounts, yesCounts } from '@epee/exits';
import {
  ADVERSE_LABELS,
  type AssertionItem,
  type ClassificationItem,
  type EventItem,
  type FactsItem,
  type NoteItem,
  type Placed,
} from '@epee/labelled-data';
import type { ExtractionResult } from '@epee/records';
import { assertionJudge, type FactJudge, factJudge, factsIn } from './marked-facts.ts';

/** A text of a labelled file, and what its result is compared with. */
export interface WantedText {
  /** Place of its line, `file:line`. */
  readonly where: string;
  readonly document: string;
  readonly id: string;
  readonly text: string;
  /** The wanted answer; null where it is not known. */
  readonly gold: readonly LabelledSpan[] | null;
  /** The part of a result that counts as the answer. */
  answerIn(result: ExtractionResult): LabelledSpan[];
  /** A result against the wanted answer, by what is scored; empty where that is not known. */
  countsOf(result: ExtractionResult): Readonly<Record<string, Counts>>;
  /** Compares facts; only where these are wanted. */
  readonly judge?: FactJudge;
}

const ADVERSE = 'Adverse_event';
const YES: readonly LabelledSpan[] = [{ label: 'adverse', start: 0, end: 1 }];

/** Exact spans, each once per sentence (PHEE, EMNLP 2022). */
export function eventText({ where, document, item: { id, text, events } }: Placed<EventItem>): WantedText {
  const gold = goldSpans(events);
  return {
    ...{ where, document, id, text, gold },
    answerIn: spansIn,
    countsOf(result) {
      const [found, wanted] = [byPart(spansIn(result), result.events.length), byPart(gold, events.length)];
      return {
        trigger: spanCounts(found.trigger, wanted.trigger),
        main: spanCounts(found.main, wanted.main),
        sub: spanCounts(found.sub, wanted.sub),
        all: spanCounts(Object.values(found).flat(), Object.values(wanted).flat()),
      };
    },
  };
}

/** Whether a sentence tells of an adverse drug event. */
export function adverseText({ where, document, item: { id, text, label } }: Placed<ClassificationItem>): WantedText {
  const isAdverse = ADVERSE_LABELS.has(label);
  const isFound = ({ events }: ExtractionResult) => events.some(({ type }) => type === ADVERSE);
  return {
    ...{ where, document, id, text, gold: isAdverse ? YES : [] },
    answerIn: (result) => (isFound(result) ? [...YES] : []),
    countsOf: (result) => ({ adverse: yesCounts(isFound(result), isAdverse) }),
  };
}

/** A note whose wanted answer is not known. */
export const plainText = ({ where, document, item: { id, text } }: Placed<NoteItem>): WantedText => ({
  ...{ where, document, id, text, gold: null },
  answerIn: spansIn,
  countsOf: () => ({}),
});

/** A whole note whose facts are wanted. @param relationLabels that the file's notes were marked with */
export function factsText({ where, document, item }: Placed<FactsItem>, relationLabels: ReadonlySet<string>): WantedText {
  const { id, text, entities, labelled } = item;
  const judge = factJudge(item, relationLabels);
  const gold = entities.map(({ label, start, end }) => ({ label, start, end }));
  const own = (span: LabelledSpan) => labelled.includes(span.label);
  return {
    ...{ where, document, id, text, gold, judge },
    answerIn: (result) => spansIn({ events: [], entities: result.entities }).filter(own),
    countsOf: (result) => judge.countsOf(factsIn(result)),
  };
}

/** A sentence with one marked phrase: how the sentence speaks of it is wanted. */
export function assertionText({ where, document, item }: Placed<AssertionItem>): WantedText {
  const judge = assertionJudge(item);
  return {
    ...{ where, document, id: item.id, text: item.text, gold: null, judge },
    answerIn: spansIn,
    countsOf: (result) => judge.countsOf(factsIn(result)),
  };
}

/** What a note's result holds, by kind. */
export const amountsIn = ({ events, entities, relations, sections, compute }: ExtractionResult): Readonly<Record<string, number>> => ({
  events: events.length,
  'adverse events': events.filter(({ type }) => type === ADVERSE).length,
  entities: entities.length,
  relations: relations.length,
  sections: sections.length,
  rows: compute.rows,
});

/** Of the names of what is scored that of the whole: all parts together, or the only one. */
export const headline = (names: readonly string[]): string | undefined => (names.includes('all') ? 'all' : names[0]);

/** Whether a name of what is scored is that of a whole, and not of one label or value of it. */
export const isWhole = (name: string): boolean => !name.includes('/');

/** Triggers, then entities: everything in a result that is scored by its place. */
export function spansIn({ events, entities }: Pick<ExtractionResult, 'events' | 'entities'>): LabelledSpan[] {
  const triggers = events.map(({ type, start, end }) => ({ label: type, start, end }));
  return [...triggers, ...entities.map(({ label, start, end }) => ({ label, start, end }))];
}

/** Triggers, then arguments. */
export function goldSpans(events: EventItem['events']): LabelledSpan[] {
  const triggers = events.map(({ type, trigger }) => ({ start: trigger.start, end: trigger.end, label: type }));
  return [...triggers, ...events.flatMap(({ arguments: own }) => own.map(({ role, start, end }) => ({ label: role, start, end })))];
}

/** Triggers come first. Sub-arguments have a dot in their role, such as Treatment.Drug. */
function byPart(spans: readonly LabelledSpan[], triggers: number) {
  const entities = spans.slice(triggers);
  const isSub = ({ label }: LabelledSpan) => label.includes('.');
  return { trigger: spans.slice(0, triggers), main: entities.filter((span) => !isSub(span)), sub: entities.filter(isSub) };
}
