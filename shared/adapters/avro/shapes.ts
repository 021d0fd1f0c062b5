import {
  type Assertion,
  type AssertionAxis,
  type ClinicalNote,
  DOCUMENT_STATUSES,
  type DocumentStatus,
  type ExtractionResult,
  type ImageReference,
  type ImagingEvent,
} from '@epee/records';

/** A record in avsc's form: every long is a bigint. */
export type AvroRecord = Record<string, unknown>;

/** A note in avsc's form. */
export const noteToAvro = (note: ClinicalNote): AvroRecord => ({
  ...note,
  noteTimeMs: toOptionalLong(note.noteTimeMs),
  receivedAtMs: toLong(note.receivedAtMs),
});

/** A note from avsc's form. */
export const noteFromAvro = (value: AvroRecord): ClinicalNote =>
  ({ ...(plainly(value) as AvroRecord), ...documentFromAvro(value), receivedAtMs: Number(value.receivedAtMs) }) as unknown as ClinicalNote;

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
  noteTimeMs: toOptionalLong(result.noteTimeMs),
  entities: result.entities.map((entity) => ({ ...entity, assertion: assertionToAvro(entity.assertion) })),
  events: result.events.map((event) => ({ ...event, assertion: assertionToAvro(event.assertion) })),
  compute: { ...result.compute, layersRun: toLong(result.compute.layersRun), layersFull: toLong(result.compute.layersFull) },
  processedAtMs: toLong(result.processedAtMs),
});

/** A result from avsc's form, as plain objects. */
export function resultFromAvro(value: AvroRecord): ExtractionResult {
  const plain = plainly(value) as Asserted & { readonly compute: AvroRecord };
  const { entities, events, compute } = plain;
  return {
    ...plain,
    ...documentFromAvro(value),
    entities: entities.map((entity) => ({ ...entity, assertion: assertionFromAvro(entity.assertion) })),
    events: events.map((event) => ({ ...event, assertion: assertionFromAvro(event.assertion) })),
    compute: { ...compute, layersRun: Number(compute.layersRun), layersFull: Number(compute.layersFull) },
    processedAtMs: Number(value.processedAtMs),
  } as unknown as ExtractionResult;
}

/** An axis in avsc's form: the cue's ends are fields of their own. */
interface AvroAxis {
  readonly value: string;
  readonly source: AssertionAxis<string>['source'];
  readonly cueStart: number | null;
  readonly cueEnd: number | null;
}
type AvroAssertion = Readonly<Record<keyof Assertion, AvroAxis | null>>;
type Asserted = Readonly<Record<'entities' | 'events', readonly { readonly assertion: AvroAssertion | null }[]>>;

const axisToAvro = ({ value, source, cue }: AssertionAxis<string>): AvroAxis => ({
  value,
  source,
  cueStart: cue?.start ?? null,
  cueEnd: cue?.end ?? null,
});

const axisFromAvro = ({ value, source, cueStart, cueEnd }: AvroAxis): AssertionAxis<string> => ({
  value,
  source,
  cue: cueStart === null || cueEnd === null ? null : { start: cueStart, end: cueEnd },
});

const assertionToAvro = (assertion: Assertion | null) => eachAxis(assertion, axisToAvro);
const assertionFromAvro = (assertion: AvroAssertion | null) => eachAxis(assertion, axisFromAvro);

function eachAxis<From, To>(assertion: Readonly<Record<string, From | null>> | Assertion | null, turn: (axis: From) => To) {
  if (assertion === null) return null;
  const axes = Object.entries(assertion as Readonly<Record<string, From | null>>);
  return Object.fromEntries(axes.map(([name, axis]) => [name, axis === null ? null : turn(axis)]));
}

/** The document's status and time, which notes and results share. */
const documentFromAvro = ({ documentStatus, noteTimeMs }: AvroRecord) => ({
  // A later release may know more states.
  documentStatus: DOCUMENT_STATUSES.includes(documentStatus as DocumentStatus) ? documentStatus : null,
  noteTimeMs: noteTimeMs === null ? null : Number(noteTimeMs),
});

/**
 * A whole number becomes a bigint. Any other number stays: avsc then refuses it, and the error
 * names the field.
 */
const toLong = (value: number): bigint | number => (Number.isSafeInteger(value) ? BigInt(value) : value);
const toOptionalLong = (value: number | null) => (value === null ? null : toLong(value));

/** Copies avsc's record instances into plain objects, so that equal results compare equal. */
function plainly(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainly);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, plainly(field)]));
}
