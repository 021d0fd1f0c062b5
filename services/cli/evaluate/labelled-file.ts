import { EpeeError } from '@epee/errors';
import { findNoteFiles, readNoteFile } from '@epee/notes';
import { type ItemKind, type ItemKinds, kindOf, readItem } from './labelled-item.ts';

/** An item and the place that it was read from, `file:line`. */
export interface Placed<Item> {
  readonly where: string;
  readonly item: Item;
}

/** The items of a file, all of one kind. */
export type LabelledFile = {
  readonly [Kind in ItemKind]: { readonly kind: Kind; readonly items: readonly Placed<ItemKinds[Kind]>[] };
}[ItemKind];

/** Longest text that is read, bytes of UTF-8. */
const MAX_TEXT_BYTES = 1_048_576;

/**
 * Reads a labelled file (.jsonl or .jsonl.gz). The first line tells the kind; every line must be of it.
 *
 * @param first items to read; all where left out
 * @throws EpeeError FILE_NOT_FOUND; FILE_INVALID, TEXT_INVALID_UTF8, TEXT_TOO_LARGE with file, line and field
 */
export async function readLabelledFile(path: string, first = Number.POSITIVE_INFINITY): Promise<LabelledFile> {
  const { files, problems } = findNoteFiles([path]);
  if (problems[0] !== undefined) throw problems[0];
  const [file] = files;
  if (file === undefined || files.length > 1 || file.kind !== 'rows') throw invalid(path, 'is not one .jsonl or .jsonl.gz file');
  let kind: ItemKind | undefined;
  const items: Placed<ItemKinds[ItemKind]>[] = [];
  for await (const row of readNoteFile(file, { maxTextBytes: MAX_TEXT_BYTES })) {
    if ('error' in row) throw row.error;
    kind ??= kindOf(row.fields);
    const { item, problem } = readItem(kind, row.fields);
    if (item === undefined) throw invalid(row.where, `(${kind}) ${problem}`);
    items.push({ where: row.where, item });
    if (items.length >= first) break;
  }
  if (kind === undefined) throw invalid(path, 'holds no line');
  return { kind, items } as LabelledFile;
}

const invalid = (where: string, problem: string) =>
  new EpeeError('FILE_INVALID', `${where} ${problem}`, {
    stage: 'cli',
    details: { where },
    hint: 'Lines are JSON objects {id, text, ...}: events, or head, tail and label, or label, or none of them; offsets count code points.',
  });
