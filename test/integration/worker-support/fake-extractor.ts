import { setTimeout as sleep } from 'node:timers/promises';
import { EpeeError } from '@epee/errors';
import type { ExtractionResult } from '@epee/records';
import type { NoteToRead } from '@epee/text';
import type { NoteExtractor } from '@epee/worker';

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
  return {
    documentId: note.documentId,
    version: note.version,
    kind: 'note',
    source: note.source,
    patientRef: note.patientRef,
    encounterRef: note.encounterRef,
    offsetUnit: 'unicodeCodePoint',
    sections: [],
    entities: [],
    events: [],
    relations: [],
    classifications: [],
    models: [{ name: 'fake', version: '1', sha256: '0'.repeat(64), policy }],
    compute: { rows: 1, layersRun: 3, layersFull: 12, computeMs: 1 },
    processedAtMs: 1_700_000_000_000,
  };
}
