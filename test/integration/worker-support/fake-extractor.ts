import { setTimeout as sleep } from 'node:timers/promises';
import { EpeeError } from '@epee/errors';
import { type ExtractionResult, emptyResult } from '@epee/records';
import type { NoteToRead } from '@epee/text';
import type { NoteExtractor } from '@epee/worker';
import { resultOf } from '../../support/records.ts';

/** How a stand-in for the model behaves. */
export interface FakeOptions {
  /** Time of one call, milliseconds. */
  readonly delayMs?: number;
  /** Called before each call is answered; what it throws, the call throws. */
  readonly onCall?: (notes: readonly NoteToRead[]) => void | Promise<void>;
}

/** Policies that {@link fakeExtractor} knows. */
export const FAKE_POLICIES = ['full', 'careful', 'fast'];

/** An extractor without a model: finds nothing in any note, and fails on notes whose text says so. */
export function fakeExtractor({ delayMs = 0, onCall }: FakeOptions = {}): NoteExtractor & { closed: boolean; calls: number } {
  return {
    closed: false,
    calls: 0,
    async extract(notes, policyName) {
      this.calls++;
      await onCall?.(notes);
      await sleep(delayMs);
      return notes.map((note) => answer(note, note.policyName ?? policyName));
    },
    async close() {
      this.closed = true;
    },
  };
}

function answer(note: NoteToRead, policy: string): ExtractionResult | EpeeError {
  if (!FAKE_POLICIES.includes(policy)) return new EpeeError('POLICY_UNKNOWN', 'no such policy', { stage: 'text' });
  if (note.text.includes('not finite'))
    return new EpeeError('ENGINE_NON_FINITE', 'row e1 has logits that are not finite', { stage: 'engine' });
  const result = emptyResult(note, 'note', 1_700_000_000_000);
  const { models, compute } = resultOf();
  return { ...result, models: models.map((model) => ({ ...model, policy })), compute };
}
