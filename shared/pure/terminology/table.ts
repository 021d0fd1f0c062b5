import { EpeeError } from '@epee/errors';
import type { FoundConcept, FoundTerm, TermTable } from './types.ts';

/** First cell of a table. */
export const HEADER = 'epee-terms 1';

const [TAB, LINE_FEED, EQUALS, COMMA, ZERO, NINE] = [0x09, 0x0a, 0x3d, 0x2c, 0x30, 0x39];

/** A table's bytes with where its lines begin; one more than there are lines. */
interface Lines {
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
  readonly concepts: number;
  readonly keys: number;
}

/**
 * Opens a table: UTF-8 lines of cells between tabs. The first line is {@link HEADER}, the number of
 * concepts and of keys; a concept's line its code, display and labels; a key's line the key and the
 * folded terms that share it, each (or nothing where term and key are one) `=` numbers of concepts.
 * Keys ascend by their bytes. The bytes are kept and must not change.
 *
 * @param name of the table, for errors
 * @throws EpeeError TERMINOLOGY_INVALID where the form is not that
 */
export function openTable(bytes: Uint8Array, name: string): TermTable {
  const lines = linesOf(bytes, name);
  checkKeys(lines, name);
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  const textOf = (line: number) => decoder.decode(bytes.subarray(lines.starts[line]!, lines.starts[line + 1]! - 1));
  const conceptAt = (number: string): FoundConcept => {
    const [code, display, labels] = textOf(1 + Number(number)).split('\t') as [string, string, string];
    return { code, display, labels: labels.split(',') };
  };
  return {
    concepts: lines.concepts,
    keys: lines.keys,
    bytes: bytes.byteLength + lines.starts.byteLength,
    find(key) {
      const line = findKey(lines, encoder.encode(key));
      if (line === undefined) return [];
      const [, ...cells] = textOf(line).split('\t');
      return cells.map((cell): FoundTerm => {
        const end = cell.lastIndexOf('=');
        return {
          term: end === 0 ? key : cell.slice(0, end),
          concepts: cell
            .slice(end + 1)
            .split(',')
            .map(conceptAt),
        };
      });
    },
  };
}

function linesOf(bytes: Uint8Array, name: string): Lines {
  const end = bytes.indexOf(LINE_FEED);
  const [header, concepts, keys] = new TextDecoder().decode(bytes.subarray(0, Math.min(Math.max(end, 0), 100))).split('\t');
  if (header !== HEADER || !/^\d{1,8}$/.test(concepts ?? '') || !/^\d{1,8}$/.test(keys ?? ''))
    throw invalid(name, `its first line is not "${HEADER}" with the number of concepts and of keys`);
  const count = 1 + Number(concepts) + Number(keys);
  const starts = new Uint32Array(count + 1);
  let lines = 0;
  for (let at = bytes.indexOf(LINE_FEED); at >= 0 && lines <= count; at = bytes.indexOf(LINE_FEED, at + 1)) {
    lines += 1;
    if (lines <= count) starts[lines] = at + 1;
  }
  if (lines !== count || starts[count] !== bytes.length)
    throw invalid(
      name,
      `its first line tells of ${count} lines, but it has ${lines > count ? 'more' : lines}, or its last line is cut short`,
    );
  return { bytes, starts, concepts: Number(concepts), keys: Number(keys) };
}

function checkKeys(lines: Lines, name: string): void {
  const { bytes, starts, concepts, keys } = lines;
  for (let line = 1; line <= concepts; line++)
    if (tabsIn(bytes, starts[line]!, starts[line + 1]!) !== 2) throw invalid(name, `line ${line + 1} is not a code, a display and labels`);
  for (let line = concepts + 1; line <= concepts + keys; line++) {
    if (!cellsAreGood(lines, line)) throw invalid(name, `line ${line + 1} is not a key with its terms and concepts`);
    if (line > concepts + 1 && compareKey(lines, line - 1, keyAt(lines, line)) >= 0)
      throw invalid(name, `the key of line ${line + 1} does not follow on that of the line before`);
  }
}

function tabsIn(bytes: Uint8Array, start: number, end: number): number {
  let tabs = 0;
  for (let at = start; at < end; at++) if (bytes[at] === TAB) tabs += 1;
  return tabs;
}

/** Whether each cell after the key ends in `=` and numbers of concepts that are there. */
function cellsAreGood({ bytes, starts, concepts }: Lines, line: number): boolean {
  const first = bytes.indexOf(TAB, starts[line]!);
  const end = starts[line + 1]! - 1;
  if (first <= starts[line]! || first >= end) return false;
  /** The number that is read; null before the `=`. */
  let number: number | null = null;
  for (let at = first + 1; at <= end; at++) {
    const byte = at === end ? TAB : bytes[at]!;
    if (number !== null && isDigit(byte)) number = number * 10 + byte - ZERO;
    else if (byte === EQUALS) number = 0;
    else if (byte === TAB || number !== null) {
      if (number === null || number >= concepts || !isDigit(bytes[at - 1]!)) return false;
      if (byte !== TAB && byte !== COMMA) return false;
      number = byte === TAB ? null : 0;
    }
  }
  return true;
}

const isDigit = (byte: number) => byte >= ZERO && byte <= NINE;

const keyAt = ({ bytes, starts }: Lines, line: number) => bytes.subarray(starts[line]!, bytes.indexOf(TAB, starts[line]!));

function findKey(lines: Lines, key: Uint8Array): number | undefined {
  let [low, high] = [lines.concepts + 1, lines.concepts + lines.keys];
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const order = compareKey(lines, middle, key);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return undefined;
}

/** Order of a line's key and a key, by their bytes. */
function compareKey({ bytes, starts }: Lines, line: number, key: Uint8Array): number {
  const start = starts[line]!;
  for (let at = 0; at < key.length; at++) {
    const byte = bytes[start + at]!;
    if (byte === TAB) return -1;
    if (byte !== key[at]) return byte - key[at]!;
  }
  return bytes[start + key.length] === TAB ? 0 : 1;
}

const invalid = (name: string, what: string) =>
  new EpeeError('TERMINOLOGY_INVALID', `the terminology table ${name} cannot be used: ${what}`, {
    stage: 'config',
    details: { table: name },
    hint: 'Make the table anew: epee terminology load.',
  });
