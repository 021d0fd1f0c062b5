import { bareNote, type ClinicalNote, type Entity, type ExtractionResult, emptyResult } from '@epee/records';

/** A note whose fields tests change. */
export const noteOf = (over: Partial<ClinicalNote> = {}): ClinicalNote =>
  bareNote({ documentId: 'doc-1', source: 'test', text: 'Rash after amoxicillin.', receivedAtMs: 1_700_000_000_000, ...over });

/** A result in which nothing was found, by a model named `fake` under the policy `fast`. */
export const resultOf = (over: Partial<ExtractionResult> = {}): ExtractionResult => ({
  ...emptyResult(noteOf(), 'note', 1_700_000_000_000),
  models: [{ name: 'fake', version: '1', sha256: '0'.repeat(64), policy: 'fast' }],
  compute: { rows: 1, layersRun: 3, layersFull: 12, computeMs: 1 },
  ...over,
});

/** What an entity has of which the note says nothing more. */
export const UNSAID = { assertion: null, codes: [], parsed: null } as const satisfies Pick<Entity, 'assertion' | 'codes' | 'parsed'>;
