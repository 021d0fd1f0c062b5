/** A clinical note on the topic `epee.notes.v1`. The record key is `documentId`. */
export interface ClinicalNote {
  readonly documentId: string;
  /** Versions of one document are ordered by this number; a newer one replaces an older one. */
  readonly version: bigint;
  /** System that the note comes from. */
  readonly source: string;
  readonly patientRef: string | null;
  readonly encounterRef: string | null;
  readonly noteType: string | null;
  readonly text: string;
  /** When ingest accepted the note, milliseconds since 1970 UTC. */
  readonly receivedAtMs: number;
}

/** Format of an image. `raw`: 8 bits per channel, interleaved, row by row from the top left. */
export type ImageFormat = 'png' | 'jpeg' | 'raw';

/** Location of an image that is too large for its event. */
export interface ImageReference {
  /** `file:`, `http:` or `https:`. */
  readonly uri: string;
  /** SHA-256 of the bytes, lower-case hex. */
  readonly sha256: string;
  /** Number of bytes. */
  readonly bytes: number;
}

/**
 * A medical image on the topic `epee.images.v1`. The record key is `documentId`. Either `bytes` or
 * `reference` is set.
 */
export interface ImagingEvent {
  readonly documentId: string;
  /** Versions of one document are ordered by this number; a newer one replaces an older one. */
  readonly version: bigint;
  /** System that the image comes from. */
  readonly source: string;
  readonly patientRef: string | null;
  readonly encounterRef: string | null;
  /** How the image was taken, in the source's own code (`DX`, `US`). */
  readonly modality: string | null;
  readonly format: ImageFormat;
  /** Pixels per row, as in the bytes (before a rotation that EXIF asks for). */
  readonly width: number;
  readonly height: number;
  /** 1 grey; 2 grey and alpha; 3 red, green, blue; 4 red, green, blue, alpha. */
  readonly channels: number;
  /** The image, at most 512 KiB. */
  readonly bytes: Buffer | null;
  readonly reference: ImageReference | null;
  /** When ingest accepted the image, milliseconds since 1970 UTC. */
  readonly receivedAtMs: number;
}

/**
 * Why a row left the model: its entropy fell below the threshold, enough layers in a row agreed, or
 * it reached the last layer.
 */
export type ExitReason = 'entropy' | 'patience' | 'final';

/**
 * {@link ExitReason}, or `heading`: a standard heading gave the label, without the model
 * (`exitLayer` 0, `confidence` 1).
 */
export type SectionExitReason = ExitReason | 'heading';

/**
 * Fields of every extracted item. Offsets count Unicode code points; `end` is exclusive; `text` is
 * the note's text between them.
 */
export interface ExtractedItem {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Probability that the model gives its answer, 0 to 1. */
  readonly confidence: number;
  /** Layer after which the row left the model, counted from 1. */
  readonly exitLayer: number;
  readonly exitReason: ExitReason;
}

/**
 * A section of a note, with its heading. Its label comes from a standard heading, else from the
 * section classifier.
 */
export interface Section extends Omit<ExtractedItem, 'exitReason'> {
  readonly label: string;
  readonly exitReason: SectionExitReason;
  /** The heading as written, or null where the section has none. */
  readonly heading: string | null;
}

/** An entity mention, for example a drug (`Treatment.Drug`) or an effect (`Effect`). */
export interface Entity extends ExtractedItem {
  /** Unique within the result: `e1`, `e2`, ... in order of occurrence. */
  readonly id: string;
  readonly label: string;
}

/** One argument of an event: the role and the entity that fills it. */
export interface EventArgument {
  readonly role: string;
  readonly entityId: string;
}

/**
 * A drug event (adverse, potentially therapeutic, or a combination). Its offsets and text are those
 * of its trigger.
 */
export interface ClinicalEvent extends ExtractedItem {
  readonly id: string;
  readonly type: string;
  readonly arguments: readonly EventArgument[];
}

/** A directed relation of two entities of a sentence. Its offsets and text span both. */
export interface Relation extends ExtractedItem {
  readonly label: string;
  readonly headId: string;
  readonly tailId: string;
}

/** A class of a whole document. */
export interface DocumentClass {
  readonly task: string;
  readonly label: string;
  readonly confidence: number;
  readonly exitLayer: number;
  readonly exitReason: ExitReason;
}

/** A model that contributed to a result, with the named policy of its rows. */
export interface ModelUse {
  readonly name: string;
  readonly version: string;
  /** SHA-256 of the package's manifest, hex. */
  readonly sha256: string;
  readonly policy: string;
}

/**
 * The compute of a result. `layersFull` is rows x layers of the model; `layersRun` is the layers
 * that the rows really ran.
 */
export interface ComputeUse {
  readonly rows: number;
  readonly layersRun: number;
  readonly layersFull: number;
  /** The note's share of the engine's time, milliseconds. */
  readonly computeMs: number;
}

/** The results of one document, on the topic `epee.results.v1`. The record key is `documentId`. */
export interface ExtractionResult {
  readonly documentId: string;
  readonly version: bigint;
  readonly kind: 'note' | 'image';
  readonly source: string;
  readonly patientRef: string | null;
  readonly encounterRef: string | null;
  readonly offsetUnit: 'unicodeCodePoint';
  readonly sections: readonly Section[];
  readonly entities: readonly Entity[];
  readonly events: readonly ClinicalEvent[];
  readonly relations: readonly Relation[];
  readonly classifications: readonly DocumentClass[];
  readonly models: readonly ModelUse[];
  readonly compute: ComputeUse;
  /** When the result was assembled, milliseconds since 1970 UTC. */
  readonly processedAtMs: number;
}
