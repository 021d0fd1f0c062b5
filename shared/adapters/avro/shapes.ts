import type { ClinicalNote, ExtractionResult, ImageReference, ImagingEvent } from '@epee/records';

/** A record in avsc's form: every long is a bigint. */
export type AvroRecord = Record<string, unknown>;

/** A note in avsc's form. */
export const noteToAvro = (note: ClinicalNote): AvroRecord => ({ ...note, receivedAtMs: toLong(note.receivedAtMs) });

/** A note from avsc's form. */
export const noteFromAvro = (value: AvroRecord): ClinicalNote =>
  ({ ...value, receivedAtMs: Number(value.receivedAtMs) }) as unknown as ClinicalNote;

/** An imaging event in avsc's form. */
export const imageToAvro = ({ reference, ...event }: ImagingEvent): AvroRecord => ({
  ...event,
  reference: reference === null ? null : { ...reference, bytes: toLong(reference.bytes) },
  receivedAtMs: toLong(event.receivedAtMs),
});

/** An imaging event from avsc's form. */
export function imageFromAvro(value: AvroRecord): ImagingEvent {
  const reference = value.reference as (Omit<ImageReference, 'bytes'> & { readonly bytes: bigint }) | null;
  return {
    ...value,
    reference: reference === null ? null : { uri: reference.uri, sha256: reference.sha256, bytes: Number(reference.bytes) },
    receivedAtMs: Number(value.receivedAtMs),
  } as unknown as ImagingEvent;
}

/** A result in avsc's form. */
export const resultToAvro = (result: ExtractionResult): AvroRecord => ({
  ...result,
  compute: { ...result.compute, layersRun: toLong(result.compute.layersRun), layersFull: toLong(result.compute.layersFull) },
  processedAtMs: toLong(result.processedAtMs),
});

/** A result from avsc's form, as plain objects. */
export function resultFromAvro(value: AvroRecord): ExtractionResult {
  const compute = value.compute as AvroRecord;
  const plain = Object.fromEntries(Object.entries(value).map(([key, field]) => [key, plainly(field)]));
  return {
    ...plain,
    compute: { ...compute, layersRun: Number(compute.layersRun), layersFull: Number(compute.layersFull) },
    processedAtMs: Number(value.processedAtMs),
  } as unknown as ExtractionResult;
}

/**
 * A whole number becomes a bigint. Any other number stays: avsc then refuses it, and the error
 * names the field.
 */
const toLong = (value: number): bigint | number => (Number.isSafeInteger(value) ? BigInt(value) : value);

/** Copies avsc's record instances into plain objects, so that equal results compare equal. */
function plainly(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainly);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, plainly(field)]));
}
