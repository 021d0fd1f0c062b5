import type { RunFacts } from '../../../../../tools/replay/report/report.ts';
import type { RowUse } from '../../../../../tools/replay/run/row-use.ts';
import type { FoundItem, FoundItems } from '../../../../../tools/replay/tally/items.ts';
import type { ReplayedDocument, VariantAnswer } from '../../../../../tools/replay/tally/replayed-document.ts';
import type { VariantFacts } from '../../../../../tools/replay/tally/variant-tally.ts';

/** An item at a place. */
export const item = (place: string, label: string, confidence = 0.9): FoundItem => ({ place, label, confidence });

/** Items of some tasks; nothing of the others. */
export const items = (more: Partial<FoundItems>): FoundItems => ({ sections: [], events: [], entities: [], relations: [], ...more });

/** A variant's result. */
export function result(found: Partial<FoundItems>, more: { layersRun?: number; rows?: RowUse; computeMs?: number } = {}): VariantAnswer {
  const compute = { rows: 1, layersRun: more.layersRun ?? 12, layersFull: 12, computeMs: more.computeMs ?? 10 };
  return { kind: 'result', items: items(found), compute, rows: more.rows ?? {} };
}

/** A document with the answers of variants A, B, ... in this order. */
export function replayed(
  at: number,
  answers: readonly VariantAnswer[],
  { timeMs = 1000 * at, documentId = `d${at}` } = {},
): ReplayedDocument {
  return {
    documentId,
    origin: { partition: 0, offset: BigInt(at), timeMs },
    answers: new Map(answers.map((answer, index) => [String.fromCharCode(65 + index), answer])),
  };
}

/** Facts of variants A, B, ... under these policies. */
export const facts = (...policies: string[]): VariantFacts[] =>
  policies.map((policy, at) => ({
    id: String.fromCharCode(65 + at),
    policy,
    model: { name: 'tiny', version: '1', sha256: 'f'.repeat(64), layers: 3 },
  }));

/** A run's facts. */
export const RUN: RunFacts = {
  id: '20260301-083000-4f2a',
  topic: 'notes',
  createdAt: '2026-03-01T08:30:00.000Z',
  finished: true,
  ranges: [{ partition: 0, from: '0', to: '100' }],
  precision: 'fp32',
};
