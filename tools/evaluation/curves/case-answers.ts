import type { SweepRow } from '@epee/engine';
import { type CaseAnswer, type Counts, exitsKey, type LabelledSpan, layerAnswer, type Parts } from '@epee/exits';

/** The answer that consists of labelled spans. */
export function spansAnswer(spans: readonly LabelledSpan[], counts: Counts | null): CaseAnswer {
  const parts = partsOf(spans);
  const key = [...parts].map(([label, places]) => `${label}: ${[...places].join(' ')}`).toSorted();
  return { key: key.join('; '), counts, parts };
}

/** The answer that is one label. */
export const labelAnswer = (label: string, counts: Counts | null): CaseAnswer => ({ key: label, counts, parts: partOf(label) });

/** Answers of a case of one row: one per layer, counted from 1. */
export function byLayer({ layers }: SweepRow, answer: (layer: number) => CaseAnswer): Map<string, CaseAnswer> {
  return new Map(Array.from(layers, (_, index) => [exitsKey([index + 1]), answer(index + 1)]));
}

/** The label that a row has at a layer, counted from 1. */
export function pooledLabel(layers: SweepRow, layer: number, labels: readonly string[]): string {
  const answer = layerAnswer(layers, layer - 1);
  return answer.kind === 'pooled' ? labels[answer.label]! : '';
}

/** Places by label, each once and in order. */
export function partsOf(spans: readonly LabelledSpan[]): Parts {
  const places = new Map<string, Set<string>>();
  for (const { label, start, end } of spans) {
    if (!places.has(label)) places.set(label, new Set());
    places.get(label)!.add(`${start}-${end}`);
  }
  return new Map([...places].map(([label, own]) => [label, new Set([...own].toSorted())]));
}

/** The parts of a single label. */
export const partOf = (label: string): Parts => new Map([[label, new Set([label])]]);
