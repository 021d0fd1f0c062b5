/** A clinical note as it travels on `epee.notes.v1`. Record key = `documentId`. */
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

/** Form of an image's bytes; `raw`: 8 bits a channel, channels interleaved, row by row from the top left. */
export type ImageFormat = 'png' | 'jpeg' | 'raw';

/** Where an image lies that is too large for its event. */
export interface ImageReference {
  /** `file:`, `http:` or `https:`. */
  readonly uri: string;
  /** SHA-256 of the bytes, lower-case hex. */
  readonly sha256: string;
  /** Number of bytes. */
  readonly bytes: number;
}

/** A medical image as it travels on `epee.images.v1`. Record key = `documentId`. One of `bytes` and `reference` is there. */
export interface ImagingEvent {
  readonly documentId: string;
  /** Versions of one document are ordered by this number; a newer one replaces an older one. */
  readonly version: bigint;
  /** System that the image comes from. */
  readonly source: string;
  readonly patientRef: string | null;
  readonly encounterRef: string | null;
  /** How it was taken, as the source names it (`DX`, `US`). */
  readonly modality: string | null;
  readonly format: ImageFormat;
  /** Pixels of a row, as the bytes have them (before a turn that EXIF asks for). */
  readonly width: number;
  readonly height: number;
  /** 1 grey, 2 grey and alpha, 3 red, green, blue, 4 with alpha. */
  readonly channels: number;
  /** The image, at most 512 KiB. */
  readonly bytes: Buffer | null;
  readonly reference: ImageReference | null;
  /** When ingest accepted the image, milliseconds since 1970 UTC. */
  readonly receivedAtMs: number;
}

/** Why a row left the model: its entropy fell under the threshold, its votes agreed for long enough, or no layer was left. */
export type ExitReason = 'entropy' | 'patience' | 'final';

/** {@link ExitReason}, or `heading`: a standard heading decided the section's label, no row was run, and `exitLayer` is 0 and `confidence` 1. */
export type SectionExitReason = ExitReason | 'heading';

/** Fields that every extracted item has. Offsets count Unicode code points; `end` is exclusive; `text` is the note's own text between them. */
export interface ExtractedItem {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Probability that the model gives to its answer, 0 to 1. */
  readonly confidence: number;
  /** Layer after which the row left the model, counted from 1. */
  readonly exitLayer: number;
  readonly exitReason: ExitReason;
}

/** A section of a note: its whole range, heading included, with the kind that its standard heading or else the section classifier gives it. */
export interface Section extends Omit<ExtractedItem, 'exitReason'> {
  readonly label: string;
  readonly exitReason: SectionExitReason;
  /** The section's own heading as written, or null where it has none. */
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

/** A drug event (adverse, potentially therapeutic, or a combination): offsets and text are its trigger's. */
export interface ClinicalEvent extends ExtractedItem {
  readonly id: string;
  readonly type: string;
  readonly arguments: readonly EventArgument[];
}

/** A directed relation between two entities of the same sentence; offsets and text span from the first to the last of both. */
export interface Relation extends ExtractedItem {
  readonly label: string;
  readonly headId: string;
  readonly tailId: string;
}

/** A class given to a whole document. */
export interface DocumentClass {
  readonly task: string;
  readonly label: string;
  readonly confidence: number;
  readonly exitLayer: number;
  readonly exitReason: ExitReason;
}

/** A model that took part in a result, with the named policy that its rows followed. */
export interface ModelUse {
  readonly name: string;
  readonly version: string;
  /** SHA-256 of the package's manifest, hex. */
  readonly sha256: string;
  readonly policy: string;
}

/** What a result cost. `layersFull` is rows x layers of the model; `layersRun` what the rows really ran. */
export interface ComputeUse {
  readonly rows: number;
  readonly layersRun: number;
  readonly layersFull: number;
  /** The note's share of the engine's time, milliseconds. */
  readonly computeMs: number;
}

/** What was extracted from one document, as it travels on `epee.results.v1`. Record key = `documentId`. */
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
