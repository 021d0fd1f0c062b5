import type { NoteId } from './numbered-notes.ts';

/** A committed record as a reader with `read_committed` got it. */
export interface Observed {
  /** `null` where the record cannot be read as a note or a result. */
  readonly id: NoteId | null;
  readonly documentId: string | null;
  readonly version: bigint | null;
  readonly partition: number;
  readonly offset: bigint;
}

/** What a topic must not show. */
export interface Findings {
  /** Inputs without an output. */
  readonly missing: readonly string[];
  /** Outputs more often than their input. */
  readonly doubled: readonly string[];
  /** Outputs without an input. */
  readonly foreign: readonly string[];
  /** Outputs that stand behind the output of a later input of their document. */
  readonly disordered: readonly string[];
}

/** Whether nothing was found. */
export const isClean = ({ missing, doubled, foreign, disordered }: Findings): boolean =>
  missing.length + doubled.length + foreign.length + disordered.length === 0;

/** Where a dead letter or an unreadable record came from. */
export const originId = (partition: number | string, offset: bigint | string): string => `record ${partition}/${offset}`;

/**
 * Compares the output with the input, record by record. A note that a client sent twice stands twice on the input and must have two results.
 *
 * @param input every record of the input topic
 * @param results every record of the results topic, by partition in the order of their offsets
 * @param deadOrigins `originId` of each dead letter
 */
export function judge(input: readonly Observed[], results: readonly Observed[], deadOrigins: readonly string[]): Findings {
  const dead = tally(deadOrigins);
  const expected = new Map<string, number>();
  for (const { id, partition, offset } of input) {
    const origin = originId(partition, offset);
    const name = id !== null && !dead.has(origin) ? id : origin;
    expected.set(name, (expected.get(name) ?? 0) + 1);
  }
  const found = tally([...results.map(({ id, partition, offset }) => id ?? `result ${partition}/${offset}`), ...deadOrigins]);
  const names = new Set([...expected.keys(), ...found.keys()]);
  const [missing, doubled, foreign]: [string[], string[], string[]] = [[], [], []];
  for (const name of names) {
    const wanted = expected.get(name) ?? 0;
    const got = found.get(name) ?? 0;
    if (wanted === 0) foreign.push(name);
    else if (got < wanted) missing.push(name);
    else if (got > wanted) doubled.push(name);
  }
  return { missing, doubled, foreign, disordered: disorder(input, results) };
}

/** Results that stand behind one whose note came later. A client that repeats a send after an error may put an older version behind a newer one itself. */
export function disorder(input: readonly Observed[], results: readonly Observed[]): string[] {
  const places = new Map<string, number[]>();
  for (const [place, { id }] of input.entries()) if (id !== null) places.set(id, [...(places.get(id) ?? []), place]);
  const furthest = new Map<string, number>();
  return results.flatMap(({ documentId, id }) => {
    const place = id === null ? undefined : places.get(id)?.shift();
    if (documentId === null || place === undefined) return [];
    const before = furthest.get(documentId) ?? -1;
    furthest.set(documentId, Math.max(before, place));
    return place < before ? [String(id)] : [];
  });
}

function tally(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/** The findings in a few lines, at most some of each kind. */
export function describeFindings(findings: Findings): string {
  return (Object.entries(findings) as [string, readonly string[]][])
    .map(([kind, names]) => `${kind}: ${names.length}${names.length === 0 ? '' : ` (${names.slice(0, 8).join(', ')})`}`)
    .join('; ');
}
