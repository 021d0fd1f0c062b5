import type { Code, CodeMatch } from '@epee/records';
import { expansionsOf, withWordsExpanded } from './abbreviations.ts';
import { fold, MAX_TERM_LENGTH, termKey } from './fold.ts';
import { ingredientsOf, shorterForms } from './shorter-forms.ts';
import type { CodesOf, FoundConcept, NamedTable, Terminology, TermTable } from './types.ts';

/** More codes than these of one system say nothing: there are none then. */
export const MAX_CODES_PER_SYSTEM = 8;

/** No terminology: nothing has a code. */
export const NO_TERMINOLOGY: Terminology = { codesOf: () => [], terminologies: [] };

/** One way to look a text up: all of these terms, each of which must be found. */
interface Attempt {
  readonly match: CodeMatch;
  /** Alternatives: what the text may mean. Found terms are joined. */
  readonly anyOf?: readonly string[];
  /** Parts of a combination: all must be found. */
  readonly allOf?: readonly string[];
}

/**
 * Opens terminologies for look-up. Each table is asked in turn, and answers with the first step that
 * finds something: the text as it is (but for case), by its key (`termKey`), as an abbreviation, then
 * in the shorter forms of its label. A code is one that a table has: none is made up, and none is
 * chosen by likeness.
 */
export function createTerminology(tables: readonly NamedTable[]): Terminology {
  const codesOf: CodesOf = (label, text) => {
    if (tables.length === 0 || text.length > MAX_TERM_LENGTH) return [];
    const folded = fold(text);
    if (folded === '' || folded.length > MAX_TERM_LENGTH) return [];
    const attempts = attemptsFor(label, folded);
    return tables.flatMap(({ use, table }) => codesIn(table, { system: use.system, label, folded, attempts }));
  };
  return { codesOf, terminologies: tables.map(({ use }) => use) };
}

/** What to try after the text itself. Their number is bounded by the steps, not by the text. */
function attemptsFor(label: string, folded: string): readonly Attempt[] {
  const attempts: Attempt[] = [];
  const expanded = withWordsExpanded(label, folded);
  if (expanded !== null) attempts.push({ match: 'abbreviation', anyOf: [expanded] });
  for (const form of shorterForms(label, folded)) {
    const own = expansionsOf(label, form);
    if (own !== null) attempts.push({ match: 'abbreviation', anyOf: own });
    attempts.push({ match: 'normalised', anyOf: [form] });
    const within = withWordsExpanded(label, form);
    if (within !== null) attempts.push({ match: 'abbreviation', anyOf: [within] });
  }
  const parts = ingredientsOf(label, folded);
  if (parts.length > 1) attempts.push({ match: 'normalised', allOf: parts });
  return attempts;
}

interface Search {
  readonly system: string;
  readonly label: string;
  readonly folded: string;
  readonly attempts: readonly Attempt[];
}

function codesIn(table: TermTable, { system, label, folded, attempts }: Search): readonly Code[] {
  const answer = (concepts: readonly FoundConcept[], match: CodeMatch) => {
    const unique = [...new Map(concepts.map((concept) => [concept.code, concept])).values()];
    return unique.length > MAX_CODES_PER_SYSTEM ? [] : unique.map(({ code, display }): Code => ({ system, code, display, match }));
  };
  const known = expansionsOf(label, folded);
  // A terminology's own short names are many and rare: the table of abbreviations says what is meant.
  if (known !== null) return answer(anyOf(table, label, known), 'abbreviation');
  const found = lookUp(table, label, folded);
  if (found.concepts.length > 0) return answer(found.concepts, found.exact ? 'exact' : 'normalised');
  for (const { match, anyOf: choices, allOf: parts } of attempts) {
    const concepts = choices !== undefined ? anyOf(table, label, choices) : allOf(table, label, parts!);
    if (concepts.length > 0) return answer(concepts, match);
  }
  return [];
}

const anyOf = (table: TermTable, label: string, terms: readonly string[]) => terms.flatMap((term) => lookUp(table, label, term).concepts);

/** The concepts of all parts; none where a part has none, or is ambiguous. */
function allOf(table: TermTable, label: string, parts: readonly string[]): readonly FoundConcept[] {
  const found = parts.map((part) => partOf(table, label, part));
  return found.every((concepts) => concepts.length === 1) ? found.flat() : [];
}

function partOf(table: TermTable, label: string, part: string): readonly FoundConcept[] {
  for (const form of [part, ...shorterForms(label, part)]) {
    const concepts = anyOf(table, label, expansionsOf(label, form) ?? [form]);
    if (concepts.length > 0) return concepts;
  }
  return [];
}

/**
 * The concepts of a term that may have the label: by the term itself if the table has it, else by its
 * key. Where the term is the preferred name of one of them, its uses as a synonym of others do not count.
 */
function lookUp(table: TermTable, label: string, term: string): { readonly concepts: readonly FoundConcept[]; readonly exact: boolean } {
  const found = table
    .find(termKey(term))
    .map((row) => ({ term: row.term, concepts: row.concepts.filter(({ labels }) => labels.includes(label)) }));
  const itself = found.find((row) => row.term === term && row.concepts.length > 0);
  const concepts = itself?.concepts ?? found.flatMap((row) => row.concepts);
  const preferred = concepts.filter(({ display }) => fold(display) === term);
  return { concepts: preferred.length > 0 ? preferred : concepts, exact: itself !== undefined };
}
