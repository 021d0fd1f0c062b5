export { createTableBuilder, type TableBuilder } from './build-table.ts';
export { fold, MAX_TERM_LENGTH, termKey } from './fold.ts';
export { openTable } from './table.ts';
export { createTerminology, MAX_CODES_PER_SYSTEM, NO_TERMINOLOGY } from './terminology.ts';
export type { CodesOf, Concept, FoundConcept, FoundTerm, NamedTable, Terminology, TermTable } from './types.ts';
