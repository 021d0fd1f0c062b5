import type { Code, TerminologyUse } from '@epee/records';

/**
 * The codes of an entity's words.
 *
 * @param label the entity's label: `medication`, `problem`, `test`, `procedure`; others have no codes
 * @param text the words as they are in the note
 * @returns no code where no terminology has the words. Several codes of one system: the words are
 *   ambiguous, or name a combination whose parts have a code each
 */
export type CodesOf = (label: string, text: string) => readonly Code[];

/** Terminologies that are open. Immutable. */
export interface Terminology {
  readonly codesOf: CodesOf;
  /** What codes are looked up in; belongs into each result. */
  readonly terminologies: readonly TerminologyUse[];
}

/** A concept of a code system with all its terms, as written. */
export interface Concept {
  readonly code: string;
  readonly display: string;
  /** Labels of the entities that may have this code. */
  readonly labels: readonly string[];
  readonly terms: Iterable<string>;
}

/** A concept as a table has it. */
export interface FoundConcept {
  readonly code: string;
  readonly display: string;
  readonly labels: readonly string[];
}

/** What a table has under a key. */
export interface FoundTerm {
  /** The term, folded. */
  readonly term: string;
  readonly concepts: readonly FoundConcept[];
}

/** The terms of one code system, in one block of bytes. */
export interface TermTable {
  readonly concepts: number;
  readonly keys: number;
  /** Memory that the table takes. */
  readonly bytes: number;
  /** The terms whose key (`termKey`) this is; empty where there are none. */
  find(key: string): readonly FoundTerm[];
}

/** A table with what a result says of it. */
export interface NamedTable {
  readonly use: TerminologyUse;
  readonly table: TermTable;
}
