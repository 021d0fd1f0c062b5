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
  /** State of the document at its source; null where the source does not say. */
  readonly documentStatus: DocumentStatus | null;
  /** Identifiers that the source system gave: a message's control id, a document's number. */
  readonly sourceIds: readonly SourceId[];
  /** When the note was written, milliseconds since 1970 UTC. */
  readonly noteTimeMs: number | null;
  /** Set where this version takes the document back: no `text`, and a result that says so. */
  readonly retraction: Retraction | null;
  readonly text: string;
  /** When ingest accepted the note, milliseconds since 1970 UTC. */
  readonly receivedAtMs: number;
}

/** State of a document: as a draft, signed, amended, or withdrawn at its source. */
export type DocumentStatus = 'preliminary' | 'final' | 'corrected' | 'cancelled';

/** An identifier of a source system, for example MSH-10 of a message or TXA-12 of a document. */
export interface SourceId {
  /** What names the identifier: a URI, an HL7 assigning authority, or the field. */
  readonly system: string;
  readonly value: string;
}

/** Why a document was taken back. */
export interface Retraction {
  /** The source's own code (`entered-in-error`, `MDM^T11`). Never clinical text. */
  readonly reason: string;
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
  /** Kind of section; empty where neither its heading nor a model says. */
  readonly label: string;
  readonly exitReason: SectionExitReason;
  /** The heading as written, or null where the section has none. */
  readonly heading: string | null;
}

/** Whether what an entity tells of is there. */
export type Certainty = 'present' | 'absent' | 'possible' | 'hypothetical';
/** When what an entity tells of is, was or will be. */
export type AssertedTime = 'current' | 'past' | 'future';
/** Whose problem, medication, test or procedure it is. */
export type AssertedSubject = 'patient' | 'family' | 'other';
/** What is done with a medication. */
export type MedicationAction = 'start' | 'stop' | 'increase' | 'decrease' | 'continue' | 'switch' | 'allergy';

/**
 * What decided a value: the model, a cue in the text (ConText, Harkema et al. 2009), the section
 * that it stands in, or nothing, so that the default holds.
 */
export type AssertionSource = 'model' | 'cue' | 'section' | 'default';

/** One axis of an {@link Assertion}. `cue`: where the words stand that decided it, if any did. */
export interface AssertionAxis<Value extends string> {
  readonly value: Value;
  readonly source: AssertionSource;
  readonly cue: { readonly start: number; readonly end: number } | null;
}

/**
 * How a note speaks of an entity or event (docs/RESULTS.md). Defaults: present, current, patient;
 * `action` is null except on medications that the note says something is done with.
 */
export interface Assertion {
  readonly certainty: AssertionAxis<Certainty>;
  readonly time: AssertionAxis<AssertedTime>;
  readonly subject: AssertionAxis<AssertedSubject>;
  readonly action: AssertionAxis<MedicationAction> | null;
}

/** How a term of a terminology was found: as written, after folding, or by its abbreviation. */
export type CodeMatch = 'exact' | 'normalised' | 'abbreviation';

/** A code of an entity. Several codes of one system: the words are ambiguous. */
export interface Code {
  /** Short name of the code system (`MeSH`, `UNII`, `ICD-10-CM`); its version is in the result. */
  readonly system: string;
  readonly code: string;
  /** The code system's preferred name. */
  readonly display: string;
  readonly match: CodeMatch;
}

/**
 * What the words of a dose, value, frequency or duration come to in numbers; null where the words
 * do not say. Terms follow FHIR's Quantity and Timing.
 */
export interface ParsedValue {
  /** The number, or the lower end of a range. */
  readonly number: number | null;
  /** The upper end of a range; the diastolic pressure of `120/80`. */
  readonly high: number | null;
  readonly comparator: '<' | '<=' | '>' | '>=' | null;
  /** Unit as written, folded in case (`mg`, `tablet`, `%`). */
  readonly unit: string | null;
  /** How often in a period: `3 times a day` is 3 in 1 `day`. */
  readonly times: number | null;
  /** Length of the period, or of a duration. */
  readonly period: number | null;
  readonly periodUnit: 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year' | null;
  /** PRN: taken as needed. */
  readonly asNeeded: boolean;
}

/**
 * An entity mention: a clinical fact (`problem`, `medication`, `test`, ...; docs/MODELS.md) or an
 * argument of an event (`Treatment.Drug`, `Effect`, ...).
 */
export interface Entity extends ExtractedItem {
  /** Unique within the result: `e1`, `e2`, ... in order of occurrence. */
  readonly id: string;
  readonly label: string;
  /** Of problems, medications, tests and procedures; null on other labels. */
  readonly assertion: Assertion | null;
  readonly codes: readonly Code[];
  /** Of doses, values, frequencies and durations that were understood. */
  readonly parsed: ParsedValue | null;
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
  /** How the note speaks of the event; null where the model does not say. */
  readonly assertion: Assertion | null;
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

/** A terminology that codes were looked up in. */
export interface TerminologyUse {
  readonly system: string;
  readonly version: string;
  /** SHA-256 of its table, hex. */
  readonly sha256: string;
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
  readonly noteType: string | null;
  readonly documentStatus: DocumentStatus | null;
  readonly sourceIds: readonly SourceId[];
  readonly noteTimeMs: number | null;
  /** Set where the document was taken back: all lists of findings are empty. */
  readonly retraction: Retraction | null;
  readonly offsetUnit: 'unicodeCodePoint';
  readonly sections: readonly Section[];
  readonly entities: readonly Entity[];
  readonly events: readonly ClinicalEvent[];
  readonly relations: readonly Relation[];
  readonly classifications: readonly DocumentClass[];
  readonly models: readonly ModelUse[];
  readonly terminologies: readonly TerminologyUse[];
  readonly compute: ComputeUse;
  /** When the result was assembled, milliseconds since 1970 UTC. */
  readonly processedAtMs: number;
}
