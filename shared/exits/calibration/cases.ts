import type { Counts } from '../scoring.ts';
import { followTrace, type RowTrace } from '../trace.ts';
import type { ExitPolicy } from '../types.ts';

/** What a model answers to one question: a label, or the spans of a sentence. */
export interface CaseAnswer {
  /** Equal for equal answers. */
  readonly key: string;
  /** Against the wanted answer; null where nobody knows it. */
  readonly counts: Counts | null;
  /** Classes that the answer belongs to: its label, or those of its spans, each with what of the answer is about it. */
  readonly parts: ReadonlyMap<string, string>;
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
  readonly gold: ReadonlyMap<string, string> | null;
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

/** Ways in which leaving early can do harm. `differs`: the answer is not that of full depth. `worse`: it has more errors (wrong or missing) than that of full depth. */
export type RiskKind = 'differs' | 'worse';

/**
 * The loss of a case under a policy: 1 where the harm is done, else 0.
 * @throws RangeError for `worse` where the wanted answer is not known
 */
export function lossOf(risk: RiskKind, { answer, full }: Pick<CaseOutcome, 'answer' | 'full'>): 0 | 1 {
  if (risk === 'differs') return answer.key === full.key ? 0 : 1;
  if (answer.counts === null || full.counts === null) throw new RangeError('worse than full depth: nobody knows the wanted answer');
  return errorsOf(answer.counts) > errorsOf(full.counts) ? 1 : 0;
}

/** The loss of a case of a class: for a label that of the whole answer; for spans that of the class's own spans, `worse` where full depth had them right. */
export function classLoss(
  risk: RiskKind,
  className: string,
  outcome: Pick<CaseOutcome, 'answer' | 'full'>,
  { kind, gold }: Pick<Case, 'kind' | 'gold'>,
): 0 | 1 {
  if (kind === 'label') return lossOf(risk, outcome);
  const [given, deep, wanted] = [outcome.answer.parts, outcome.full.parts, gold].map((parts) => parts?.get(className) ?? '');
  if (given === deep) return 0;
  return risk === 'differs' || deep === wanted ? 1 : 0;
}

const errorsOf = ({ found, gold, right }: Counts) => found + gold - 2 * right;
