import { imageRecord } from '@epee/avro';
import { EpeeError } from '@epee/errors';
import { inspectImage } from '@epee/imaging';
import { completeImage, type ImageDraft, type ImagingEvent, MAX_INLINE_IMAGE_BYTES, readImageJson } from '@epee/records';
import { problemOf } from '../http/answers.ts';
import { type Bytes, readBody, tooLarge } from '../http/body.ts';
import { parseJson } from '../http/json-text.ts';
import type { IngestMetrics } from '../metrics.ts';
import type { IngestDeps, Publish } from '../types.ts';
import { checkFits, type RecordMaxBytes } from './fitting.ts';

/** What accepting images needs. */
export interface AcceptImageContext {
  readonly deps: Pick<IngestDeps, 'codec' | 'nowMs'>;
  readonly publish: Publish;
  /** @default no limit */
  readonly recordMaxBytes?: RecordMaxBytes | undefined;
  readonly metrics: IngestMetrics;
  readonly maxPixels: number;
}

/** Fields of an image that is itself the body. */
export type BodyImage = Omit<ImageDraft, 'bytes' | 'reference' | 'receivedAtMs'>;

/** The body of a request, and the request's other data. */
export interface ImageRequest {
  readonly body: Bytes;
  /** `content-length`, or `null`. */
  readonly declaredBytes: number | null;
  readonly policy: string | null;
  /** The other fields where the body is the image; `null` where the body is JSON. */
  readonly fields: BodyImage | null;
}

/** Size limit of a JSON body: the largest image as base64, and 64 KiB for other fields. */
export const MAX_IMAGE_JSON_BYTES = 4 * Math.ceil(MAX_INLINE_IMAGE_BYTES / 3) + 64 * 1024;
const DEFAULT_SOURCE = 'http';

/**
 * Publishes one image; resolves when Kafka has it. Only the header of a PNG or JPEG is read here;
 * the worker decodes it.
 * @throws EpeeError with the code that the caller gets
 */
export async function acceptImage(
  context: AcceptImageContext,
  request: ImageRequest,
): Promise<{ documentId: string; version: number | string }> {
  const { metrics, publish, deps } = context;
  try {
    const image = await toEvent(context, request);
    const record = imageRecord(image, deps.codec, request.policy);
    await checkFits(record, context.recordMaxBytes);
    await publish([record]);
    metrics.images.inc({ outcome: 'accepted', code: '' });
    const { documentId, version } = image;
    return { documentId, version: version <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(version) : version.toString() };
  } catch (error) {
    metrics.images.inc({ outcome: 'rejected', code: problemOf(error).code });
    throw error;
  }
}

async function toEvent({ deps, maxPixels }: AcceptImageContext, { body, declaredBytes, fields }: ImageRequest): Promise<ImagingEvent> {
  const receivedAtMs = deps.nowMs();
  const draft =
    fields === null
      ? readImageJson(parseJson(await readBody(body, declaredBytes, MAX_IMAGE_JSON_BYTES, jsonTooLarge)), {
          defaultSource: DEFAULT_SOURCE,
          receivedAtMs,
        })
      : { ...fields, bytes: await readBody(body, declaredBytes, MAX_INLINE_IMAGE_BYTES, imageTooLarge), reference: null, receivedAtMs };
  const facts = draft.bytes === null || draft.format === 'raw' ? null : await inspectImage(draft.bytes, { maxPixels });
  return completeImage(draft, facts);
}

const REFER = 'Send a larger image as a reference: uri, sha256 and bytes.';

const jsonTooLarge = (actual: string) => tooLarge(actual, MAX_IMAGE_JSON_BYTES, { of: 'image', hint: REFER });

const imageTooLarge = (actual: string) =>
  new EpeeError('IMAGE_TOO_LARGE', `The image has ${actual} bytes; ${MAX_INLINE_IMAGE_BYTES} are allowed`, {
    stage: 'ingest',
    details: { maxBytes: MAX_INLINE_IMAGE_BYTES },
    hint: REFER,
  });
