import { readFile } from 'node:fs/promises';
import type { Watch } from '@epee/terminal';
import type { TableBuilder } from '@epee/terminology';
import { badRow, type Row, type RowForm, readTableRows, sizeOf } from './rows.ts';

/** Formats that are read. */
export const FORMATS = ['rrf', 'tsv', 'fhir'] as const;

/** One of {@link FORMATS}. */
export type Format = (typeof FORMATS)[number];

/** Puts the concepts of a file into a table. */
export interface Reading {
  readonly file: string;
  /** Labels of concepts that do not tell their kind. */
  readonly labels: readonly string[];
  readonly builder: TableBuilder;
  readonly watch: Watch;
}

/** Largest FHIR resource, bytes: it is read as a whole. */
const MAX_FHIR_BYTES = 256 * 1024 * 1024;

/** The format that a file's name tells of: `.rrf`, `.json`, else a table with a heading. */
export const formatOf = (file: string): Format => (/\.rrf(\.gz)?$/i.test(file) ? 'rrf' : /\.json$/i.test(file) ? 'fhir' : 'tsv');

/** Reads a file of a format into a table. @throws EpeeError FILE_NOT_FOUND, FILE_INVALID with file and line */
export const readFormat = (format: Format, reading: Reading): Promise<void> =>
  format === 'rrf' ? readRrf(reading) : format === 'fhir' ? readFhir(reading) : readTable(reading);

/** Columns of RXNCONSO.RRF and MRCONSO.RRF (UMLS Reference Manual, Metathesaurus Rich Release Format). */
const RRF = { code: 0, language: 1, source: 11, kind: 12, name: 14, suppressed: 16, columns: 18 } as const;
/** Kinds of names that are another name of something. */
const SYNONYMS = new Set(['SY', 'TMSY', 'PSN', 'ET', 'PTGB', 'OF']);

async function readRrf({ file, labels, builder, watch }: Reading): Promise<void> {
  const later: { code: string; name: string }[] = [];
  for await (const { cells, where } of readTableRows(file, { delimiter: '|', quoted: false }, watch)) {
    if (cells.length < RRF.columns) throw badRow(where, `it has ${cells.length} columns, and RXNCONSO.RRF has ${RRF.columns}`);
    const [code, name] = [cells[RRF.code]!, cells[RRF.name]!];
    // Other sources of the file have licences of their own, and names that RxNorm did not edit.
    const wanted = cells[RRF.language] === 'ENG' && cells[RRF.suppressed] === 'N' && /^(RXNORM|MTH)?$/.test(cells[RRF.source]!);
    if (!wanted) continue;
    if (SYNONYMS.has(cells[RRF.kind]!)) later.push({ code, name });
    else builder.add({ code, display: name, labels, terms: [name] });
  }
  for (const { code, name } of later) builder.add({ code, display: name, labels, terms: [name] });
}

/** Label of a SNOMED CT concept by the kind that its full name ends with. */
const KINDS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    disorder: 'problem',
    finding: 'problem',
    situation: 'problem',
    event: 'problem',
    'morphologic abnormality': 'problem',
    procedure: 'procedure',
    'regime/therapy': 'procedure',
    'observable entity': 'test',
    substance: 'medication',
    product: 'medication',
    'medicinal product': 'medication',
    'medicinal product form': 'medication',
    'clinical drug': 'medication',
    'real clinical drug': 'medication',
  }),
);
const FULL_NAME = '900000000000003001';

/** Names of columns by what they hold, in the order of preference; LOINC's own among them. */
const COLUMNS = {
  code: ['code', 'loinc_num', 'icd10cm', 'icd_code', 'icd10_code'],
  display: ['display', 'long_common_name', 'description', 'title', 'long_description', 'long description', 'name', 'term'],
  terms: ['term', 'terms', 'synonym', 'synonyms', 'shortname', 'displayname', 'consumer_name', 'short_description', 'short description'],
} as const;

async function readTable(reading: Reading): Promise<void> {
  const { file, watch } = reading;
  const comma = /\.csv(\.gz)?$/i.test(file);
  const rows = readTableRows(file, { delimiter: comma ? ',' : '\t', quoted: comma } satisfies RowForm, watch);
  const first = await rows.next();
  if (first.done) throw badRow(file, 'the file is empty; its first line must name the columns');
  const heading = first.value.cells.map((cell) => cell.trim().toLowerCase());
  if (heading.includes('conceptid') && heading.includes('typeid')) return readSnomed(rows, heading, reading);
  return readColumns(rows, heading, { ...reading, file: first.value.where });
}

async function readColumns(rows: AsyncIterable<Row>, heading: readonly string[], { file, labels, builder }: Reading): Promise<void> {
  const first = (names: readonly string[]) => names.map((name) => heading.indexOf(name)).find((at) => at >= 0);
  const [code, display, status] = [first(COLUMNS.code), first(COLUMNS.display), heading.indexOf('status')];
  const terms = COLUMNS.terms.map((name) => heading.indexOf(name)).filter((at) => at >= 0);
  if (code === undefined || display === undefined)
    throw badRow(file, 'no column is named code (or loinc_num), or none is named display (or long_common_name, description, title, term)');
  for await (const { cells, where } of rows) {
    if (cells.length < heading.length) throw badRow(where, `it has ${cells.length} columns, and the first line ${heading.length}`);
    if (status >= 0 && /^(deprecated|discouraged|inactive|retired)$/i.test(cells[status]!)) continue;
    const [id, name] = [cells[code]!.trim(), cells[display]!.trim()];
    if (id === '') throw badRow(where, 'the code is empty');
    builder.add({ code: id, display: name, labels, terms: [name, ...terms.flatMap((at) => cells[at]!.split('|'))] });
  }
}

async function readSnomed(rows: AsyncIterable<Row>, heading: readonly string[], { labels, builder }: Reading): Promise<void> {
  const [active, concept, language, type, term] = ['active', 'conceptid', 'languagecode', 'typeid', 'term'].map((name) =>
    heading.indexOf(name),
  );
  const names = new Map<string, { full: string; others: string[] }>();
  for await (const { cells, where } of rows) {
    if (cells.length < heading.length) throw badRow(where, `it has ${cells.length} columns, and the first line ${heading.length}`);
    if (cells[active!] !== '1' || !cells[language!]!.startsWith('en')) continue;
    const known = names.get(cells[concept!]!) ?? { full: '', others: [] };
    names.set(cells[concept!]!, known);
    if (cells[type!] === FULL_NAME) known.full = cells[term!]!;
    else known.others.push(cells[term!]!);
  }
  for (const [code, { full, others }] of names) {
    const [, name = full, kind = ''] = /^(.*) \(([^()]+)\)$/.exec(full) ?? [];
    const label = KINDS.get(kind);
    if (full === '' || (label === undefined && kind !== '')) continue;
    if (label !== undefined && labels.length > 0 && !labels.includes(label)) continue;
    builder.add({ code, display: name, labels: label === undefined ? labels : [label], terms: [name, ...others] });
  }
}

interface FhirConcept {
  readonly code?: unknown;
  readonly display?: unknown;
  readonly designation?: readonly { readonly value?: unknown }[];
  readonly concept?: readonly FhirConcept[];
}

async function readFhir({ file, labels, builder }: Reading): Promise<void> {
  const bytes = sizeOf(file);
  if (bytes > MAX_FHIR_BYTES)
    throw badRow(file, `it has ${bytes} bytes, and a CodeSystem may have ${MAX_FHIR_BYTES}`, 'Give the codes as a table: --as tsv.');
  const resource = await readFile(file, 'utf8')
    .then(
      (text) => JSON.parse(text) as { resourceType?: unknown; concept?: readonly FhirConcept[] },
      () => null,
    )
    .catch(() => null);
  if (resource?.resourceType !== 'CodeSystem' || !Array.isArray(resource.concept))
    throw badRow(file, 'it is not a FHIR CodeSystem with concepts in JSON');
  const waiting = [...resource.concept] as FhirConcept[];
  for (let concept = waiting.pop(); concept !== undefined; concept = waiting.pop()) {
    const { code, display, designation = [], concept: below = [] } = concept;
    if (typeof code !== 'string' || code === '') throw badRow(file, 'a concept has no code');
    const name = typeof display === 'string' ? display : code;
    builder.add({
      code,
      display: name,
      labels,
      terms: [name, ...designation.flatMap(({ value }) => (typeof value === 'string' ? [value] : []))],
    });
    waiting.push(...below);
  }
}
