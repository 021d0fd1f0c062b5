import { normalize } from 'node:path';
import { EpeeError } from '@epee/errors';
import { findNoteFiles, readNoteFile } from '@epee/notes';
import { type ImageItem, type ItemKind, type ItemKinds, kindOf, type NoteItem, readItem, type TextKind } from './labelled-item.ts';

/** An item, the place that it was read from, `file:line`, and the document that it is part of. */
export interface Placed<Item> {
  readonly where: string;
  /**
   * Names the document; equal for items of one document. For comparing alone: it may be the text
   * itself, or the image's path.
   */
  readonly document: string;
  readonly item: Item;
}

/** The items of a file, all of one kind. */
export type LabelledFile = {
  readonly [Kind in ItemKind]: { readonly kind: Kind; readonly items: readonly Placed<ItemKinds[Kind]>[] };
}[ItemKind];

/** The items of a file of texts. */
export type TextFile = Extract<LabelledFile, { readonly kind: TextKind }>;

/** How a labelled file is read. */
export interface ReadOptions {
  /** Items to read. @default all */
  readonly first?: number;
  /**
   * Finds the name of an item's document in its id: the first group, else the whole match.
   * @default null: there is none to find
   */
  readonly documentPattern?: RegExp | null;
}

/** The field that distinguishes a kind from a note. */
const OWN_FIELD = {
  event: '$.events',
  relation: '$.head',
  classification: '$.label',
  image: '$.image',
  facts: '$.entities',
  assertion: '$.target',
} as const;

/** Longest text that is read, bytes of UTF-8. */
const MAX_TEXT_BYTES = 1_048_576;

/**
 * Reads a labelled file (.jsonl or .jsonl.gz). The first line tells the kind; every line must be of
 * it. Of images only the paths are read.
 *
 * Which document an item is from is told by its field `document`, else by what `documentPattern`
 * finds in its id, else by its text, or the path of its image: items of one text are from one
 * document.
 *
 * @throws EpeeError FILE_NOT_FOUND; FILE_INVALID, TEXT_INVALID_UTF8, TEXT_TOO_LARGE with file, line
 *   and field
 */
export async function readLabelledFile(
  path: string,
  { first = Number.POSITIVE_INFINITY, documentPattern = null }: ReadOptions = {},
): Promise<LabelledFile> {
  const { files, problems } = findNoteFiles([path]);
  if (problems[0] !== undefined) throw problems[0];
  const [file] = files;
  if (file === undefined || files.length > 1 || file.kind !== 'rows') throw invalid(path, 'is not one .jsonl or .jsonl.gz file');
  let kind: ItemKind | undefined;
  const items: Placed<ItemKinds[ItemKind]>[] = [];
  for await (const row of readNoteFile(file, { maxTextBytes: MAX_TEXT_BYTES })) {
    if ('error' in row) throw row.error;
    kind ??= kindOf(row.fields);
    const other = kindOf(row.fields);
    // Every other kind misses a field of its own in a line of another kind; notes have none that
    // could be missing.
    if (kind === 'note' && other !== 'note')
      throw invalid(row.where, `${OWN_FIELD[other]} is here, but not in the first line: lines must be of one kind`);
    const { item, problem } = readItem(kind, row.fields);
    if (item === undefined) throw invalid(row.where, `(${kind}) ${problem}`);
    items.push({ where: row.where, item, document: documentOf(item, documentPattern, row.where) });
    if (items.length >= first) break;
  }
  if (kind === undefined) throw invalid(path, 'holds no line');
  return { kind, items } as LabelledFile;
}

function documentOf(item: NoteItem | ImageItem, pattern: RegExp | null, where: string): string {
  const { id, document } = item;
  if (document !== undefined) return `document ${document}`;
  if (pattern === null) return 'image' in item ? `image ${normalize(item.image)}` : `text ${item.text}`;
  const match = pattern.exec(id);
  if (match === null) throw invalid(where, `$.id does not match the document pattern ${pattern.source}`);
  return `document ${match[1] ?? match[0]}`;
}

const invalid = (where: string, problem: string) =>
  new EpeeError('FILE_INVALID', `${where} ${problem}`, {
    stage: 'cli',
    details: { where },
    hint: 'Lines are JSON objects {id, text, ...}: events, or head, tail and label, or label, or labelled and entities, or target, or none of them; or {id, image, label}. Offsets count code points.',
  });
