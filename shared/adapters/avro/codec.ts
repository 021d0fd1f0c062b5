import { readFile } from 'node:fs/promises';
import { EpeeError } from '@epee/errors';
import type { ClinicalNote, ExtractionResult, ImagingEvent } from '@epee/records';
import type avro from 'avsc';
import { parseWithBigints } from './long-type.ts';
import { createReader, type Reader } from './reader.ts';
import type { SchemaRegistry } from './registry.ts';
import { type AvroRecord, imageFromAvro, imageToAvro, noteFromAvro, noteToAvro, resultFromAvro, resultToAvro } from './shapes.ts';
import { readFrame, writeFrame } from './wire.ts';

const SCHEMAS = new URL('../../../schemas/', import.meta.url);
const MAX_CACHED_READERS = 256;
const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;

/** Options of a codec. */
export interface CodecOptions {
  /** Topics that name the subjects of the schemas (`<topic>-value`). */
  readonly topics?: { readonly notes: string; readonly images?: string; readonly results: string };
  /** Size limit of a record value. @default 64 MiB */
  readonly maxBytes?: number;
}

/** Turns records into Kafka values (Confluent's wire format) and back. */
export interface Codec {
  /** @throws EpeeError RECORD_INVALID where a field does not fit the schema */
  encodeNote(note: ClinicalNote): Buffer;
  /** @throws EpeeError RECORD_INVALID where a field does not fit the schema */
  encodeImage(event: ImagingEvent): Buffer;
  /** @throws EpeeError RECORD_INVALID where a field does not fit the schema */
  encodeResult(result: ExtractionResult): Buffer;
  /**
   * Asynchronous, because an unknown schema id needs a request to the registry; its answer is
   * cached.
   * @throws EpeeError RECORD_EMPTY, RECORD_TOO_LARGE, RECORD_FRAMING_INVALID, SCHEMA_UNKNOWN,
   * SCHEMA_INCOMPATIBLE, SCHEMA_REGISTRY_UNREACHABLE, AVRO_INVALID, TEXT_INVALID_UTF8
   */
  decodeNote(value: Buffer | null): Promise<ClinicalNote>;
  /** @throws EpeeError as {@link decodeNote} */
  decodeImage(value: Buffer | null): Promise<ImagingEvent>;
  /** @throws EpeeError as {@link decodeNote} */
  decodeResult(value: Buffer | null): Promise<ExtractionResult>;
}

/**
 * Makes the codec for the current schemas and asks the registry for their ids.
 * @throws EpeeError SCHEMA_REGISTRY_UNREACHABLE, SCHEMA_INCOMPATIBLE
 */
export async function createCodec(registry: SchemaRegistry, options: CodecOptions = {}): Promise<Codec> {
  const { topics = { notes: 'epee.notes.v1', results: 'epee.results.v1' }, maxBytes = DEFAULT_MAX_BYTES } = options;
  const [note, image, result] = await Promise.all([
    createKind(registry, 'clinical-note.avsc', topics.notes, maxBytes),
    createKind(registry, 'imaging-event.avsc', topics.images ?? 'epee.images.v1', maxBytes),
    createKind(registry, 'extraction-result.avsc', topics.results, maxBytes),
  ]);
  return {
    encodeNote: (value) => note.encode(noteToAvro(value)),
    encodeImage: (value) => image.encode(imageToAvro(value)),
    encodeResult: (value) => result.encode(resultToAvro(value)),
    decodeNote: async (value) => noteFromAvro(await note.decode(value)),
    decodeImage: async (value) => imageFromAvro(await image.decode(value)),
    decodeResult: async (value) => resultFromAvro(await result.decode(value)),
  };
}

interface Kind {
  encode(record: AvroRecord): Buffer;
  decode(value: Buffer | null): Promise<AvroRecord>;
}

async function createKind(registry: SchemaRegistry, file: string, topic: string, maxBytes: number): Promise<Kind> {
  const schema = await readFile(new URL(file, SCHEMAS), 'utf8');
  const type = parseWithBigints(schema);
  const schemaId = await registry.idOf(`${topic}-value`, schema);
  const readerOf = cachedReaders(registry, type);
  return {
    encode: (record) => writeFrame(schemaId, toBody(type, record)),
    decode: async (value) => {
      const frame = readFrame(value, maxBytes);
      return (await readerOf(frame.schemaId))(frame.body);
    },
  };
}

function toBody(type: avro.Type, record: AvroRecord): Buffer {
  try {
    return type.toBuffer(record);
  } catch {
    // avsc's message holds the value, so the error names only the path of the field.
    let field = type.name ?? 'record';
    type.isValid(record, { errorHook: (path) => (field = path.join('.')) });
    throw new EpeeError('RECORD_INVALID', `${field} does not fit the schema of ${type.name}`, { stage: 'publish', details: { field } });
  }
}

/** Readers by schema id. Failures are not cached: a schema may be registered later. */
function cachedReaders(registry: SchemaRegistry, type: avro.Type): (schemaId: number) => Promise<Reader> {
  const readers = new Map<number, Promise<Reader>>();
  return (schemaId) => {
    const known = readers.get(schemaId);
    if (known !== undefined) return known;
    const made = loadReader(registry, type, schemaId);
    readers.set(schemaId, made);
    made.catch(() => readers.delete(schemaId));
    if (readers.size > MAX_CACHED_READERS) readers.delete(readers.keys().next().value!);
    return made;
  };
}

async function loadReader(registry: SchemaRegistry, type: avro.Type, schemaId: number): Promise<Reader> {
  const written = await registry.schemaOf(schemaId);
  if (written !== null) return createReader(type, written, schemaId);
  throw new EpeeError('SCHEMA_UNKNOWN', `The schema registry has no schema with id ${schemaId}`, {
    stage: 'decode',
    details: { schemaId },
    hint: 'Check that the producer uses the same schema registry.',
  });
}
