import type { Codec } from '@epee/avro';
import { EpeeError } from '@epee/errors';
import type { ClinicalNote } from '@epee/records';
import type { NoteRecord } from '../types.ts';

const POLICY_NAME = /^[a-z][a-z0-9-]{0,63}$/;

/** Header of a note record that names its exit policy. */
export const POLICY_HEADER = 'epee-policy';

/**
 * The Kafka record of a note. The same document gives the same key.
 * @param policy named exit policy, or `null` for the worker's own
 */
export function noteRecord(note: ClinicalNote, codec: Pick<Codec, 'encodeNote'>, policy: string | null): NoteRecord {
  return { key: note.documentId, value: codec.encodeNote(note), headers: policy === null ? {} : { [POLICY_HEADER]: policy } };
}

/**
 * Checks the name of a policy. Whether a model has it is known by the worker alone.
 * @param path where the name was given, for the message
 * @throws EpeeError REQUEST_FIELD_INVALID
 */
export function checkPolicyName(name: string, path: string): string {
  if (POLICY_NAME.test(name)) return name;
  throw new EpeeError(
    'REQUEST_FIELD_INVALID',
    `${path} must be the name of a policy (a lower-case letter, then up to 63 lower-case letters, digits or "-")`,
    {
      stage: 'ingest',
      details: { path },
    },
  );
}
