import { basename } from 'node:path';
import { EpeeError } from '@epee/errors';
import { count, type Watch } from '@epee/terminal';
import { createTableBuilder } from '@epee/terminology';
import { type TableEntry, writeTable } from '@epee/terminology-files';
import { type Format, formatOf, readFormat } from './formats.ts';

/** Labels of entities that may have codes. */
export const CODED_LABELS = ['medication', 'problem', 'test', 'procedure'] as const;

/** A file of a terminology, and what becomes of it. */
export interface LoadRequest {
  readonly file: string;
  /** Short name of the code system: `RxNorm`, `SNOMED CT`. */
  readonly system: string;
  readonly version: string;
  /** Null: by the file's name. */
  readonly format: Format | null;
  /** Labels of the entities that get these codes; empty: by the code system, else all. */
  readonly labels: readonly string[];
  /** Folder of the site's tables. */
  readonly folder: string;
}

/** What was written. */
export interface LoadReport extends TableEntry {
  readonly folder: string;
}

const USUAL_LABELS: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    rxnorm: ['medication'],
    atc: ['medication'],
    ndc: ['medication'],
    loinc: ['test'],
    'icd-10-cm': ['problem'],
    'icd-10': ['problem'],
    'icd-11': ['problem'],
    'icd-10-pcs': ['procedure'],
    cpt: ['procedure'],
  }),
);

/**
 * Makes a table of a site's terminology. The file is read as a stream; memory grows with its terms, about 300 bytes each.
 * @throws EpeeError FILE_NOT_FOUND, FILE_INVALID with file and line, USAGE_INVALID where nothing in it can be used
 */
export async function loadTerminology(request: LoadRequest, watch: Watch): Promise<LoadReport> {
  const { file, system, version, folder } = request;
  const labels = request.labels.length > 0 ? request.labels : (USUAL_LABELS.get(system.toLowerCase()) ?? CODED_LABELS);
  const builder = createTableBuilder();
  await readFormat(request.format ?? formatOf(file), { file, labels, builder, watch });
  if (builder.concepts === 0)
    throw new EpeeError('FILE_INVALID', `${file} holds no concept that could be used`, {
      stage: 'read',
      details: { file },
      hint: 'RRF: English rows of RxNorm that are not suppressed; SNOMED CT: active English descriptions of the labels asked for.',
    });
  const about = { system, version, source: basename(file), licence: "the site's own" };
  return { ...(await writeTable(folder, about, builder)), folder };
}

/** A line about what was written. */
export const loadText = ({ system, version, concepts, terms, folder, file }: LoadReport) =>
  `${system} ${version}: ${count(concepts)} concepts, ${count(terms)} terms, in ${folder}/${file}\nUse it: EPEE_TERMINOLOGY_DIR=${folder}`;
