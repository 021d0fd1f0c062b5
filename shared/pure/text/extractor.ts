import { EpeeError } from '@epee/errors';
import type { Encoding, LoadedModel, Tokenizer, Turn } from '@epee/model';
import type { ExtractionResult } from '@epee/records';
import { NO_TERMINOLOGY, type Terminology } from '@epee/terminology';
import type { TextMode } from './cut/note-plan.ts';
import { assembleResult } from './read/assemble.ts';
import { type Attempt, ask, each, extractionFailed, type RunRows } from './read/attempt.ts';
import {
  type EncodedNote,
  encodeNote,
  type NoteToRead,
  openNote,
  type PlannedNote,
  type ReadingTools,
  readSentences,
} from './read/read-note.ts';
import { policiesOf, type TaskPolicies, textTasks } from './rows/text-tasks.ts';

/** What an extractor works with. */
export interface ExtractorParts {
  readonly model: LoadedModel;
  readonly tokenizer: Tokenizer;
  /** `run` of the engine that holds the model, or what stands in for it. */
  readonly run: RunRows;
  /** Milliseconds since 1970 UTC, for `processedAtMs`. */
  readonly nowMs: () => number;
  /**
   * Longest text, bytes of UTF-8.
   * @default 1048576
   */
  readonly maxTextBytes?: number;
  /** Most rows of a note's sections and sentences: beyond it, the note is refused before any of them is run. @default no limit */
  readonly maxRows?: number;
  /** Where the codes of entities come from; none without. */
  readonly terminology?: Terminology;
  /** Is called per note with its number of pairs that were not asked about: too many, or too far apart. */
  readonly onPairsLeftOut?: (pairs: number) => void;
}

/** How the notes of one call are read. */
export interface ExtractOptions {
  /** Named exit policy of the model package; also what the results say was followed. */
  readonly policyName: string;
  /** Policies by task name, in place of the named one's. */
  readonly policies?: TaskPolicies;
  /** @default 'note' */
  readonly mode?: TextMode;
  /** Who asks for the rows. @default one user for all */
  readonly turn?: Turn;
}

/** Turns notes into results. */
export interface Extractor {
  /**
   * Reads notes together: their rows share the model's batches, in two calls of `run` however many notes there are.
   * A note that takes its document back has no rows; its result says so.
   *
   * @returns for each note, in order, its result or why it has none: TEXT_EMPTY, TEXT_TOO_LARGE, TEXT_INVALID_UTF8, POLICY_UNKNOWN, EXTRACTION_FAILED, or the engine's
   *   error for one of its rows. One note's failure leaves the others as they are.
   * @throws what `run` throws for all rows, such as ENGINE_CLOSED or MODEL_LOAD_FAILED
   */
  extract(notes: readonly NoteToRead[], options: ExtractOptions): Promise<Array<ExtractionResult | EpeeError>>;
}

/** Makes an extractor over a loaded model. Pure but for what it is given: the same answers give the same results. */
export function createExtractor(parts: ExtractorParts): Extractor {
  const { model, tokenizer, run, nowMs, maxTextBytes = 1_048_576, maxRows, terminology = NO_TERMINOLOGY, onPairsLeftOut } = parts;
  const tools: ReadingTools = { tasks: textTasks(model), special: tokenizer, maxTextBytes };
  const open = (note: NoteToRead, { policyName, policies, mode = 'note' }: ExtractOptions) => {
    const name = note.policyName ?? policyName;
    // Nothing of it is read, so no policy can be wrong: a document must never stay because of one.
    if (note.retraction !== null) return openNote(note, { mode, policyName: name, policies: {}, tools });
    // A note that names a policy means that one, not the call's own values.
    const own = note.policyName === undefined ? policies : {};
    return openNote(note, { mode, policyName: name, policies: policiesOf(tools.tasks, name, own), tools });
  };
  return {
    async extract(notes, options) {
      const planned = each(notes, (note) => open(note, options));
      const encodings = await encodeAll(planned, tokenizer);
      const encoded = each(encodings, ({ note, encodings }, index) => withinRows(encodeNote(note, encodings, index, tools), maxRows));
      const answered = await ask(encoded, run, options.turn);
      const read = each(answered, ({ value, answers }, index) => readSentences(value, answers, index, tools));
      const related = await ask(read, run, options.turn);
      return each(related, ({ value, answers }) => {
        if (value.pairsLeftOut > 0) onPairsLeftOut?.(value.pairsLeftOut);
        return assembleResult(value, answers, { model, terminology, processedAtMs: nowMs() });
      });
    },
  };
}

/** The note, or TEXT_TOO_LARGE where it has too many rows. */
function withinRows(note: EncodedNote, maxRows = Number.POSITIVE_INFINITY): Attempt<EncodedNote> {
  const rows = note.rows.length;
  if (rows <= maxRows) return note;
  return new EpeeError('TEXT_TOO_LARGE', `field text is too long: it makes ${rows} rows for the model, the limit is ${maxRows}`, {
    stage: 'text',
    details: { rows, maxRows },
    hint: 'Split the note, or raise EPEE_NOTE_MAX_ROWS.',
  });
}

interface WithEncodings {
  readonly note: PlannedNote;
  readonly encodings: readonly Encoding[];
}

/** Encodes the texts of all notes in one call; if that fails, note by note, to find out whose text it was. */
async function encodeAll(planned: readonly Attempt<PlannedNote>[], tokenizer: Tokenizer): Promise<Attempt<WithEncodings>[]> {
  const texts = planned.flatMap((note) => (note instanceof EpeeError ? [] : note.texts));
  try {
    const encodings = await tokenizer.encode(texts);
    let next = 0;
    return each(planned, (note) => {
      const first = next;
      next += note.texts.length;
      return { note, encodings: encodings.slice(first, next) };
    });
  } catch (cause) {
    const encoded = await Promise.all(planned.map((note) => encodeOne(note, tokenizer)));
    // Where several notes fail and none passes, the tokenizer is broken, and no note deserves to be given up for it.
    const tried = planned.filter((note) => !(note instanceof EpeeError)).length;
    if (tried > 1 && encoded.every((note) => note instanceof EpeeError)) throw cause;
    return encoded;
  }
}

async function encodeOne(note: Attempt<PlannedNote>, tokenizer: Tokenizer): Promise<Attempt<WithEncodings>> {
  if (note instanceof EpeeError) return note;
  try {
    return { note, encodings: await tokenizer.encode(note.texts) };
  } catch (cause) {
    return extractionFailed(cause);
  }
}
