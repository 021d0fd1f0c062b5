import { type Concept, createTableBuilder, createTerminology, type NamedTable, openTable } from '@epee/terminology';

/** The bytes of a table with these concepts. */
export function tableBytes(concepts: readonly Concept[]): Uint8Array {
  const builder = createTableBuilder();
  for (const concept of concepts) builder.add(concept);
  return new TextEncoder().encode([...builder.chunks()].join(''));
}

/** A table under a system's name. */
export const named = (system: string, concepts: readonly Concept[]): NamedTable => ({
  use: { system, version: '1', sha256: '00' },
  table: openTable(tableBytes(concepts), system),
});

const concept = (labels: readonly string[], code: string, display: string, ...others: string[]): Concept => ({
  code,
  display,
  labels,
  terms: [display, ...others],
});
export const drug = concept.bind(null, ['medication']);
export const problem = concept.bind(null, ['problem']);

/** `codesOf` over one table, answering `code/match`. */
export function lookUpIn(...concepts: readonly Concept[]) {
  const { codesOf } = createTerminology([named('S', concepts)]);
  return (label: string, text: string) => codesOf(label, text).map(({ code, match }) => `${code}/${match}`);
}
