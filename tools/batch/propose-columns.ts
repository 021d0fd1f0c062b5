/** Names that columns of other systems have for the fields of a note, without case and signs. */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  documentId: ['documentid', 'docid', 'noteid', 'id', 'reportid', 'rowid', 'uid', 'documentkey', 'filename', 'document'],
  text: ['text', 'notetext', 'note', 'body', 'content', 'reporttext', 'report', 'transcription', 'narrative', 'documenttext', 'fulltext'],
  version: ['version', 'revision', 'noteversion'],
  source: ['source', 'system', 'sourcesystem'],
  patientRef: ['patientref', 'patientid', 'patient', 'subjectid', 'mrn', 'pid'],
  encounterRef: ['encounterref', 'encounterid', 'encounter', 'hadmid', 'visitid', 'admissionid', 'stayid'],
  noteType: ['notetype', 'type', 'category', 'documenttype', 'doctype', 'notecategory'],
};
const DELIMITERS = [';', '\t', '|', ','];
const LONGEST_NAME = 64;

/** What to add to the command, and which fields have no column; `isHeader` false: the line looks like data. */
export interface Proposal {
  readonly isHeader: boolean;
  readonly delimiter: string | null;
  /** Columns by field, only those that are named otherwise than the field. */
  readonly columns: Readonly<Record<string, string>>;
  readonly missing: readonly ('documentId' | 'text')[];
}

const plain = (name: string): string => name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

/**
 * Proposes `--column` and `--delimiter` for a header. Looks at names alone: cells may hold anything.
 * @param names as the delimiter cuts the header
 * @param given columns that were named already, by field
 */
export function proposeColumns(names: readonly string[], given: Readonly<Record<string, string>>, delimiter: string): Proposal {
  const isHeader = names.every((name) => name.length <= LONGEST_NAME && !/[.!?]\s/.test(name));
  const [first = ''] = names;
  const other = names.length > 1 ? undefined : DELIMITERS.find((sign) => sign !== delimiter && first.includes(sign));
  if (isHeader && other !== undefined) {
    const cut = first.split(other).map((name) => name.trim().replaceAll(/^"|"$/g, ''));
    return { ...proposeColumns(cut, given, other), delimiter: other };
  }
  const columns: Record<string, string> = {};
  const taken = new Set(Object.values(given));
  for (const [field, known] of Object.entries(NAMES)) {
    if (given[field] !== undefined || names.includes(field) || (field === 'documentId' && names.includes('id'))) continue;
    const found = known.flatMap((name) => names.find((column) => plain(column) === name && !taken.has(column)) ?? [])[0];
    if (found === undefined) continue;
    columns[field] = found;
    taken.add(found);
  }
  const has = (field: string) => [given[field], columns[field]].some((column) => column !== undefined) || names.includes(field);
  const missing = (['documentId', 'text'] as const).filter((field) => !has(field) && !(field === 'documentId' && names.includes('id')));
  return { isHeader, delimiter: null, columns: isHeader ? columns : {}, missing };
}

/** A proposal as flags of the command; empty where nothing is to be added. */
export function proposalFlags({ delimiter, columns }: Pick<Proposal, 'delimiter' | 'columns'>): string {
  const quoted = (text: string) => (/^[\w=.-]+$/.test(text) ? text : `"${text.replaceAll(/["$\\`]/g, '\\$&')}"`);
  return [
    ...(delimiter === null ? [] : [`--delimiter ${delimiter === '\t' ? 'tab' : quoted(delimiter)}`]),
    ...Object.entries(columns).map(([field, name]) => `--column ${quoted(`${field}=${name}`)}`),
  ].join(' ');
}
