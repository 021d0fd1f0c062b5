import { fold, MAX_TERM_LENGTH, termKey } from './fold.ts';
import { HEADER } from './table.ts';
import type { Concept } from './types.ts';

/** Gathers the concepts of one code system. Memory grows with the terms. */
export interface TableBuilder {
  /** Adds a concept, or terms and labels to one that is there; the first display stays. */
  add(concept: Concept): void;
  /** Number of concepts so far. */
  readonly concepts: number;
  /** The table, as `openTable` reads it: the same concepts give the same bytes, whatever their order. */
  chunks(): Iterable<string>;
}

interface Gathered {
  readonly display: string;
  readonly labels: Set<string>;
  readonly terms: Set<string>;
}

/** An empty table. Terms over {@link MAX_TERM_LENGTH} and terms of which folding leaves nothing are left out. */
export function createTableBuilder(): TableBuilder {
  const gathered = new Map<string, Gathered>();
  return {
    add({ code, display, labels, terms }) {
      const known = gathered.get(code) ?? { display: plain(display), labels: new Set(), terms: new Set() };
      gathered.set(code, known);
      for (const label of labels) known.labels.add(label);
      for (const term of terms) {
        const folded = term.length > MAX_TERM_LENGTH ? '' : fold(term);
        if (folded !== '' && folded.length <= MAX_TERM_LENGTH && termKey(folded) !== '') known.terms.add(folded);
      }
    },
    get concepts() {
      return gathered.size;
    },
    chunks: () => tableChunks(gathered),
  };
}

function* tableChunks(gathered: ReadonlyMap<string, Gathered>): Generator<string> {
  const concepts = [...gathered].filter(([, { terms }]) => terms.size > 0).sort(([a], [b]) => (a < b ? -1 : 1));
  const byTerm = new Map<string, number[]>();
  for (const [number, [, { terms }]] of concepts.entries())
    for (const term of terms) {
      const numbers = byTerm.get(term);
      if (numbers === undefined) byTerm.set(term, [number]);
      else numbers.push(number);
    }
  const byKey = new Map<string, string[]>();
  for (const term of [...byTerm.keys()].sort()) {
    const key = termKey(term);
    byKey.set(key, [...(byKey.get(key) ?? []), term]);
  }
  yield `${HEADER}\t${concepts.length}\t${byKey.size}\n`;
  for (const [code, { display, labels }] of concepts) yield `${plain(code)}\t${display}\t${[...labels].sort().join(',')}\n`;
  const encoder = new TextEncoder();
  const keys = [...byKey.keys()].map((key) => ({ key, bytes: encoder.encode(key) }));
  for (const { key } of keys.sort((a, b) => compareBytes(a.bytes, b.bytes))) {
    const cells = byKey.get(key)!.map((term) => `${term === key ? '' : term}=${byTerm.get(term)!.join(',')}`);
    yield `${key}\t${cells.join('\t')}\n`;
  }
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) if (a[at] !== b[at]) return a[at]! - b[at]!;
  return a.length - b.length;
}

const plain = (text: string) => text.replace(/[\p{Cc}\s]+/gu, ' ').trim();
