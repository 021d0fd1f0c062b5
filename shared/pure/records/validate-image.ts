import { EpeeError, type ErrorCode } from '@epee/errors';
import { extentProblem, IMAGE_FORMATS, MAX_INLINE_IMAGE_BYTES, sha256Problem, uriProblem } from './image-rules.ts';
import { fieldInvalid, invalid, optionalText, refuseUnknown, requiredText, typeName, version } from './json-fields.ts';
import { nameProblem, versionProblem } from './note-rules.ts';
import type { ImageFormat, ImageReference, ImagingEvent } from './types.ts';

/** Values for what an imaging event in JSON leaves out. */
export interface ImageDefaults {
  /** `source` where the image names none. */
  readonly defaultSource: string;
  readonly receivedAtMs: number;
}

/** Format and size from the bytes of a PNG or JPEG. */
export interface ImageFacts {
  readonly format: 'png' | 'jpeg';
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/** An imaging event whose format and size may still be missing; its bytes give them. */
export type ImageDraft = Omit<ImagingEvent, 'format' | 'width' | 'height' | 'channels'> & {
  readonly format: ImageFormat | null;
  readonly width: number | null;
  readonly height: number | null;
  readonly channels: number | null;
};

const FIELDS = [
  'documentId',
  'version',
  'source',
  'patientRef',
  'encounterRef',
  'modality',
  'format',
  'width',
  'height',
  'channels',
  'bytes',
  'reference',
] as const;
const REFERENCE_FIELDS = ['uri', 'sha256', 'bytes'] as const;
const SIZES = ['width', 'height', 'channels'] as const;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * Reads an imaging event from parsed JSON. Its fields are `{documentId, bytes}` (base64) or
 * `{documentId, reference: {uri, sha256, bytes}, format, width, height, channels}`. Optional are
 * `version` (whole number, default 1), `source`, `patientRef`, `encounterRef` and `modality`.
 * `format`, `width`, `height` and `channels` are optional where `bytes` is a PNG or JPEG. Other
 * fields are refused. {@link completeImage} makes the event.
 *
 * Messages name the JSON path, the limit and the actual size or type, never the value.
 * @throws EpeeError REQUEST_FIELD_INVALID, IMAGE_EMPTY, IMAGE_TOO_LARGE; `details.path` is the JSON
 * path
 */
export function readImageJson(value: unknown, { defaultSource, receivedAtMs }: ImageDefaults): ImageDraft {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw fieldInvalid('$', `must be an object, but is ${typeName(value)}`);
  const fields = value as Record<string, unknown>;
  refuseUnknown(fields, FIELDS, 'an image');
  return {
    documentId: requiredText(fields, 'documentId'),
    version: version(fields.version),
    source: optionalText(fields, 'source') ?? defaultSource,
    patientRef: optionalText(fields, 'patientRef'),
    encounterRef: optionalText(fields, 'encounterRef'),
    modality: optionalText(fields, 'modality'),
    format: format(fields.format),
    width: optionalNumber(fields, 'width'),
    height: optionalNumber(fields, 'height'),
    channels: optionalNumber(fields, 'channels'),
    bytes: fields.bytes === undefined || fields.bytes === null ? null : fromBase64(fields.bytes),
    reference: fields.reference === undefined || fields.reference === null ? null : reference(fields.reference),
    receivedAtMs,
  };
}

/**
 * Makes the event from a draft. Format and size come from its bytes where the draft leaves them
 * out; otherwise they must agree with the bytes.
 * @param facts format and size of an inline PNG or JPEG; `null` for raw pixels and references
 * @throws EpeeError REQUEST_FIELD_INVALID, IMAGE_EMPTY, IMAGE_TOO_LARGE, IMAGE_MISMATCH
 */
export function completeImage(draft: ImageDraft, facts: ImageFacts | null): ImagingEvent {
  const path = (field: string) => `$.${field}`;
  const format = draft.format ?? facts?.format;
  if (format === undefined) throw fieldInvalid('$.format', `is missing; it must be one of ${IMAGE_FORMATS.join(', ')}`);
  const size = (field: (typeof SIZES)[number]): number => {
    const found = draft[field] ?? facts?.[field];
    if (found !== undefined) return found;
    throw fieldInvalid(path(field), 'is missing; it is optional only where bytes is a PNG or JPEG');
  };
  const event: ImagingEvent = { ...draft, format, width: size('width'), height: size('height'), channels: size('channels') };
  check(event, 'REQUEST_FIELD_INVALID', path);
  if (facts !== null) checkFacts(event, facts, path);
  return event;
}

/**
 * Checks an event that has the right types, for example one decoded from Avro.
 * @throws EpeeError RECORD_INVALID, IMAGE_EMPTY, IMAGE_TOO_LARGE, IMAGE_MISMATCH (raw pixels of
 * another number than the size says)
 */
export function checkImage(event: ImagingEvent): void {
  check(event, 'RECORD_INVALID', (field) => field);
}

/**
 * Compares an event with the format and size in its bytes.
 * @param pathOf name of a field in messages @default its own name
 * @throws EpeeError IMAGE_MISMATCH naming the field and both values
 */
export function checkFacts(
  event: Pick<ImagingEvent, 'format' | (typeof SIZES)[number]>,
  facts: ImageFacts,
  pathOf: (field: string) => string = (field) => field,
): void {
  for (const field of ['format', ...SIZES] as const) {
    if (event[field] === facts[field]) continue;
    throw invalid('IMAGE_MISMATCH', pathOf(field), `is ${event[field]}, but the bytes have ${facts[field]}`);
  }
}

function check(event: ImagingEvent, code: ErrorCode, pathOf: (field: string) => string): void {
  for (const field of ['documentId', 'source', 'patientRef', 'encounterRef', 'modality'] as const) {
    const name = event[field];
    const problem = name === null ? null : nameProblem(name);
    if (problem !== null) throw invalid(code, pathOf(field), `must ${problem}`);
  }
  const problem = versionProblem(event.version);
  if (problem !== null) throw invalid(code, pathOf('version'), `must ${problem}`);
  if (!IMAGE_FORMATS.includes(event.format)) throw invalid(code, pathOf('format'), `must be one of ${IMAGE_FORMATS.join(', ')}`);
  for (const field of SIZES) {
    const problem = extentProblem(field, event[field]);
    if (problem !== null) throw invalid(code, pathOf(field), `must ${problem}`);
  }
  if ((event.bytes === null) === (event.reference === null))
    throw invalid(
      code,
      pathOf('bytes'),
      `or ${pathOf('reference')} must be given, but ${event.bytes === null ? 'neither is' : 'both are'}`,
    );
  if (event.bytes !== null) checkBytes(event, event.bytes, pathOf);
  if (event.reference !== null) checkReference(event.reference, code, pathOf);
}

function checkBytes(event: ImagingEvent, { length }: Uint8Array, pathOf: (field: string) => string): void {
  const path = pathOf('bytes');
  if (length === 0) throw invalid('IMAGE_EMPTY', path, 'must be an image, but is empty');
  if (length > MAX_INLINE_IMAGE_BYTES) {
    throw new EpeeError('IMAGE_TOO_LARGE', `${path} must have at most ${MAX_INLINE_IMAGE_BYTES} bytes, but has ${length}`, {
      stage: 'validate',
      details: { path, bytes: length, maxBytes: MAX_INLINE_IMAGE_BYTES },
      hint: 'Send a larger image as a reference: uri, sha256 and bytes.',
    });
  }
  if (event.format === 'raw') checkRawLength(event, length, pathOf);
}

function checkReference({ uri, sha256, bytes }: ImageReference, code: ErrorCode, pathOf: (field: string) => string): void {
  for (const [field, problem] of [
    ['uri', uriProblem(uri)],
    ['sha256', sha256Problem(sha256)],
  ] as const)
    if (problem !== null) throw invalid(code, pathOf(`reference.${field}`), `must ${problem}`);
  if (bytes === 0) throw invalid('IMAGE_EMPTY', pathOf('reference.bytes'), 'must be at least 1, but is 0');
  if (!Number.isSafeInteger(bytes) || bytes < 0) throw invalid(code, pathOf('reference.bytes'), `must be a whole number, but is ${bytes}`);
}

/**
 * Compares the number of raw pixel bytes with the size of the image.
 * @throws EpeeError IMAGE_MISMATCH
 */
export function checkRawLength(
  { width, height, channels }: Pick<ImagingEvent, (typeof SIZES)[number]>,
  length: number,
  pathOf: (field: string) => string = (field) => field,
): void {
  const expected = width * height * channels;
  if (length === expected) return;
  throw invalid(
    'IMAGE_MISMATCH',
    pathOf('bytes'),
    `has ${length} bytes, but ${width} x ${height} raw pixels in ${channels} channels have ${expected}`,
  );
}

function format(value: unknown): ImageFormat | null {
  if (value === undefined || value === null) return null;
  const known = IMAGE_FORMATS.find((name) => name === value);
  if (known !== undefined) return known;
  throw fieldInvalid('$.format', `must be one of ${IMAGE_FORMATS.join(', ')}`);
}

function optionalNumber(fields: Record<string, unknown>, field: (typeof SIZES)[number]): number | null {
  const value = fields[field];
  if (value === undefined || value === null) return null;
  if (typeof value === 'number') return value;
  throw fieldInvalid(`$.${field}`, `must be a number, but is ${typeName(value)}`);
}

function fromBase64(value: unknown): Buffer {
  if (typeof value !== 'string') throw fieldInvalid('$.bytes', `must be a string of base64, but is ${typeName(value)}`);
  if (value.length % 4 === 0 && BASE64.test(value)) return Buffer.from(value, 'base64');
  throw fieldInvalid('$.bytes', 'must be base64 (RFC 4648, section 4, with padding), but is not');
}

function reference(value: unknown): ImageReference {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw fieldInvalid('$.reference', `must be an object with ${REFERENCE_FIELDS.join(', ')}, but is ${typeName(value)}`);
  const fields = value as Record<string, unknown>;
  refuseUnknown(fields, REFERENCE_FIELDS, 'a reference', '$.reference');
  const bytes = fields.bytes;
  if (typeof bytes !== 'number') throw fieldInvalid('$.reference.bytes', `must be a number, but is ${typeName(bytes)}`);
  return {
    uri: requiredText(fields, 'uri', '$.reference'),
    sha256: requiredText(fields, 'sha256', '$.reference'),
    bytes,
  };
}
