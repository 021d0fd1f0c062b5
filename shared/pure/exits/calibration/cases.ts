import { type Counts, scoreOf } from '../scoring.ts';
import { followTrace, type RowTrace } from '../trace.ts';
import type { ExitPolicy } from '../types.ts';

/** By class, what an answer says of it: places of spans; of a label the label. */
export type Parts = ReadonlyMap<string, ReadonlySet<string>>;

/** What a model answers to one question: a label, or the spans of a sentence. */
export interface CaseAnswer {
  /** Equal for equal answers. */
  readonly key: string;
  /** Against the wanted answer; null where nobody knows it. */
  readonly counts: Counts | null;
  /** Classes that the answer belongs to: its label, or those of its spans, each with the places of its spans. */
  readonly parts: Parts;
}

/** One row of a case on its way through the layers. */
export interface CaseRow {
  readonly tokens: number;
  readonly trace: RowTrace;
}

/** One question to a model: the rows that are run for it and every answer that may come of them. */
export interface Case {
  readonly id: string;
  /** Document that it is from. Cases of one document are not independent of one another. */
  readonly document: string;
  /** Task of the model whose policy the rows follow. */
  readonly task: string;
  readonly rows: readonly CaseRow[];
  /** `label`: one label is asked for. `spans`: any number of labelled spans. */
  readonly kind: 'label' | 'spans';
  /** Classes of the wanted answer, as {@link CaseAnswer.parts}; null where nobody knows it. */
  readonly gold: Parts | null;
  /** By {@link exitsKey} of the rows' exit layers. */
  readonly answers: ReadonlyMap<string, CaseAnswer>;
}

/** What a policy makes of a case. */
export interface CaseOutcome {
  readonly answer: CaseAnswer;
  readonly full: CaseAnswer;
  readonly exitLayers: readonly number[];
  /** Tokens times layers, added up over the rows: what time goes with. */
  readonly tokenLayers: number;
}

/** Key of an answer: the exit layers of the case's rows. */
export const exitsKey = (exitLayers: readonly number[]): string => exitLayers.join(' ');

/** Where a policy lets the rows of a case leave. */
export const exitLayersOf = (rows: readonly Pick<CaseRow, 'trace'>[], policy: ExitPolicy): number[] =>
  rows.map(({ trace }) => followTrace(trace, policy).exitLayer);

/** Follows a policy through a case. */
export function caseOutcome({ rows, answers }: Case, policy: ExitPolicy): CaseOutcome {
  const exitLayers = exitLayersOf(rows, policy);
  const full = answers.get(exitsKey(rows.map(({ trace }) => trace.entropies.length)))!;
  return {
    answer: answers.get(exitsKey(exitLayers))!,
    full,
    exitLayers,
    tokenLayers: rows.reduce((sum, { tokens }, index) => sum + tokens * exitLayers[index]!, 0),
  };
}

/**
 * Ways in which leaving early can do harm.
 *
 * | kind | loss of an answer |
 * |---|---|
 * | `differs` | 1 where it is not that of full depth |
 * | `worse` | 1 where it has more errors (wrong or missing) than that of full depth |
 * | `f1` | 1 - F1 of its spans against those of full depth: for whole notes, of which hardly one stays the same to the letter |
 * | `f1-lost` | by how much its F1 against the wanted answer is below that of full depth; 0 where it is above |
 */
export const RISK_KINDS = ['differs', 'worse', 'f1', 'f1-lost'] as const;

/** One of {@link RISK_KINDS}. */
export type RiskKind = (typeof RISK_KINDS)[number];

/** Whether losses lie anywhere from 0 to 1, and are not only 0 or 1. */
export const isGraded = (risk: RiskKind): boolean => risk === 'f1' || risk === 'f1-lost';

/** Whether a loss can be told only where the wanted answer is known. */
export const needsGold = (risk: RiskKind): boolean => risk === 'worse' || risk === 'f1-lost';

/**
 * The loss of a case under a policy, 0 to 1.
 * @throws RangeError for `worse` and `f1-lost` where the wanted answer is not known
 */
export function lossOf(risk: RiskKind, { answer, full }: Pick<CaseOutcome, 'answer' | 'full'>): number {
  if (risk === 'differs') return answer.key === full.key ? 0 : 1;
  if (risk === 'f1') return 1 - f1Of(countsAgainst(partsTogether(answer.parts), partsTogether(full.parts)));
  if (answer.counts === null || full.counts === null) throw unknown();
  if (risk === 'f1-lost') return Math.max(0, f1Of(full.counts) - f1Of(answer.counts));
  return errorsOf(answer.counts) > errorsOf(full.counts) ? 1 : 0;
}

/**
 * The loss of a case of a class: for a label that of the whole answer, for spans that of the class's own spans.
 * @throws RangeError for `worse` and `f1-lost` where the wanted answer is not known
 */
export function classLoss(
  risk: RiskKind,
  className: string,
  outcome: Pick<CaseOutcome, 'answer' | 'full'>,
  { kind, gold }: Pick<Case, 'kind' | 'gold'>,
): number {
  if (kind === 'label') return lossOf(risk, outcome);
  const [given, deep] = [outcome.answer.parts, outcome.full.parts].map((parts) => parts.get(className) ?? NOTHING) as [Places, Places];
  if (risk === 'differs') return apart(given, deep) > 0 ? 1 : 0;
  if (risk === 'f1') return 1 - f1Of(countsAgainst(given, deep));
  if (gold === null) throw unknown();
  const wanted = gold.get(className) ?? NOTHING;
  if (risk === 'f1-lost') return Math.max(0, f1Of(countsAgainst(deep, wanted)) - f1Of(countsAgainst(given, wanted)));
  return apart(given, wanted) > apart(deep, wanted) ? 1 : 0;
}

type Places = ReadonlySet<string>;

const NOTHING: Places = new Set();

/** Number of places that only one of the two has. */
const apart = (a: Places, b: Places) => [...a].filter((place) => !b.has(place)).length + [...b].filter((place) => !a.has(place)).length;

const countsAgainst = (given: Places, wanted: Places): Counts => ({
  found: given.size,
  gold: wanted.size,
  right: [...given].filter((place) => wanted.has(place)).length,
});

/** F1 from 0 to 1; finding nothing where nothing is wanted is right. */
const f1Of = (counts: Counts): number => (counts.found + counts.gold === 0 ? 1 : scoreOf(counts).f1 / 100);

const partsTogether = (parts: Parts): Places =>
  new Set([...parts].flatMap(([label, places]) => [...places].map((place) => `${label} ${place}`)));

const errorsOf = ({ found, gold, right }: Counts) => found + gold - 2 * right;

const unknown = () => new RangeError('nobody knows the wanted answer');
