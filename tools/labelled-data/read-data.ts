import { EpeeError } from '@epee/errors';
import type { Watch } from '@epee/terminal';
import { type LabelledFile, type Placed, readLabelledFile } from './labelled-file.ts';
import { imageDigests } from './labelled-images.ts';
import type { ImageItem, NoteItem } from './labelled-item.ts';

/** Which labelled data to read. */
export interface DataRequest {
  readonly data: string;
  /** Files whose texts, or images of the same bytes, are left out, such as the training split. */
  readonly exclude: readonly string[];
  /** Items to read; null: all. */
  readonly first: number | null;
  /** Finds an item's document in its id; null: items of one text or path are one document. */
  readonly documentPattern: RegExp | null;
}

/**
 * Reads labelled data without the items whose text or image is in one of the files to exclude.
 * Images are compared by the SHA-256 of their files.
 *
 * @throws EpeeError as `readLabelledFile`; FILE_INVALID where an image to compare cannot be read;
 *   USAGE_INVALID where nothing is left, or one file holds texts and another images; the signal's
 *   reason
 */
export async function readData(
  { data, exclude, first, documentPattern }: DataRequest,
  watch: Watch,
): Promise<{ file: LabelledFile; excluded: number }> {
  const file = await readLabelledFile(data, { documentPattern, ...(first === null ? {} : { first }) });
  if (exclude.length === 0) return { file, excluded: 0 };
  const known = new Set<string>();
  for (const path of exclude) {
    const other = await readLabelledFile(path);
    if ((other.kind === 'image') !== (file.kind === 'image')) throw otherKind(path, other, file);
    for (const content of await contentsOf(other, path, watch)) known.add(content);
  }
  const contents = await contentsOf(file, data, watch);
  const items: readonly Placed<NoteItem | ImageItem>[] = file.items.filter((_, index) => !known.has(contents[index]!));
  if (items.length === 0)
    throw new EpeeError('USAGE_INVALID', `--exclude ${exclude.join(' ')} leaves nothing of ${data}`, { stage: 'cli' });
  return { file: { ...file, items } as LabelledFile, excluded: file.items.length - items.length };
}

/** What each item is known by: its text without case and white space, or its image's SHA-256. */
async function contentsOf(file: LabelledFile, path: string, watch: Watch): Promise<string[]> {
  return file.kind === 'image' ? imageDigests(file.items, path, watch) : file.items.map(({ item }) => folded(item.text));
}

const otherKind = (path: string, { kind }: LabelledFile, data: LabelledFile) =>
  new EpeeError(
    'USAGE_INVALID',
    `--exclude ${path} holds items of kind ${kind}, the data are of kind ${data.kind}: images and texts are not compared`,
    {
      stage: 'cli',
      details: { path, kind, dataKind: data.kind },
    },
  );

/**
 * A document pattern as it was typed.
 * @throws EpeeError USAGE_INVALID where it is no regular expression
 */
export function documentPatternOf(text: string | undefined): RegExp | null {
  if (text === undefined) return null;
  try {
    return new RegExp(text, 'u');
  } catch (cause) {
    throw new EpeeError('USAGE_INVALID', `--document-pattern is not a regular expression: ${(cause as Error).message}`, {
      stage: 'cli',
      cause,
    });
  }
}

/** An id that looks like a part of a document: `17329303_7`, `d76.s10.p7`. */
const PART = /^(.+?)[_.-][a-z]?\d+$/i;
/** Share of items from which on ids that look like parts are taken for more than chance. */
const MANY = 0.2;

/**
 * What to say to somebody whose ids look like parts of documents, while each item is taken for a
 * document of its own: intervals and certificates would promise too much. Null where nothing does.
 */
export function documentHint({ kind, items }: LabelledFile, { documentPattern }: Pick<DataRequest, 'documentPattern'>): string | null {
  const all: readonly (NoteItem | ImageItem)[] = items.map(({ item }) => item);
  if (documentPattern !== null || all.some(({ document }) => document !== undefined)) return null;
  const contents = new Map<string, Set<string>>();
  for (const item of all) {
    const name = PART.exec(item.id)?.[1];
    if (name !== undefined) contents.set(name, (contents.get(name) ?? new Set()).add('image' in item ? item.image : item.text));
  }
  const shared = [...contents.values()].filter(({ size }) => size > 1).reduce((sum, { size }) => sum + size, 0);
  if (contents.size < 2 || shared < MANY * all.length) return null;
  return `Ids look like parts of documents, but every ${kind === 'image' ? 'image' : 'text'} is taken for a document of its own: name the documents with --document-pattern or a field "document".`;
}

const folded = (text: string) => text.toLowerCase().split(/\s+/).filter(Boolean).join(' ');
