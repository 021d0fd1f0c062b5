import type { Origin } from '../run/headers.ts';
import type { ReplayedDocument, VariantAnswer } from './replayed-document.ts';

/** One variant's answer as it is read from the topic. */
export interface ReadAnswer {
  readonly documentId: string | null;
  readonly variant: string;
  readonly origin: Origin;
  readonly answer: VariantAnswer;
}

/** Brings the answers of all variants for one record together. */
export interface Pairing {
  /** Answers the document once its last answer has come. */
  take(answer: ReadAnswer): ReplayedDocument | null;
  /** Documents that still lack an answer. */
  waiting(): number;
}

/**
 * Answers of one record are written by one transaction to one partition, side by side: few wait at
 * a time, whatever the topic's length.
 * @param variants letters of all variants
 */
export function createPairing(variants: readonly string[]): Pairing {
  const waiting = new Map<string, { documentId: string | null; origin: Origin; answers: Map<string, VariantAnswer> }>();
  return {
    take({ documentId, variant, origin, answer }) {
      if (!variants.includes(variant)) return null;
      const key = `${origin.partition}/${origin.offset}`;
      const entry = waiting.get(key) ?? { documentId, origin, answers: new Map<string, VariantAnswer>() };
      entry.documentId ??= documentId;
      entry.answers.set(variant, answer);
      if (entry.answers.size < variants.length) {
        waiting.set(key, entry);
        return null;
      }
      waiting.delete(key);
      return entry;
    },
    waiting: () => waiting.size,
  };
}
