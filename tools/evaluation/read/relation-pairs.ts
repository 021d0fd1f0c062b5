import { FULL_DEPTH } from '@epee/exits';
import type { EventItem, LabelledFile, LabelledRow, Placed, RelationItem } from '@epee/labelled-data';
import type { TaskSpec, Tokenizer } from '@epee/model';
import { relationRow, type Word, wordsOf } from '@epee/text';
import { codePointUnits } from './code-points.ts';
import { drugRelations, type Ends, type LabelledPair } from './drug-relations.ts';

interface PairsOfText {
  readonly id: string;
  readonly document: string;
  readonly text: string;
  readonly pairs: readonly LabelledPair[];
}

/** The labelled pairs of a file: those that it names, or those that its events make. */
export function pairsOf(file: LabelledFile & { readonly kind: 'event' | 'relation' }): PairsOfText[] {
  if (file.kind === 'relation')
    return file.items.map(({ item, document }: Placed<RelationItem>) => ({ id: item.id, document, text: item.text, pairs: [item] }));
  return file.items.map(({ item, document }: Placed<EventItem>) => ({
    id: item.id,
    document,
    text: item.text,
    pairs: drugRelations(item),
  }));
}

/** Turns labelled pairs into rows of the relation task; a pair that fits no row has none. */
export async function pairRows(
  texts: readonly PairsOfText[],
  { name, maxTokens, relation }: TaskSpec,
  tokenizer: Tokenizer,
): Promise<LabelledRow[]> {
  const encodings = await tokenizer.encode(texts.map(({ text }) => text));
  return texts.flatMap(({ id, document, text, pairs }, index) => {
    const encoding = encodings[index]!;
    const words = wordsOf(encoding);
    const unitOf = codePointUnits(text);
    const spanOf = (ends: Ends) => wordsTouched(words, unitOf(ends.start), unitOf(ends.end));
    return pairs.map(({ head, tail, label }): LabelledRow => {
      const [from, to] = [spanOf(head), spanOf(tail)];
      const rowHead = { id, task: name, policy: FULL_DEPTH };
      const limits = { maxTokens, markerIds: relation!.markerTokenIds, special: tokenizer };
      const row = from === null || to === null ? null : relationRow(rowHead, { encoding, words }, { head: from, tail: to }, limits);
      return { id, document, task: name, row, label };
    });
  });
}

/** As the trainer does, a span covers every word that it touches. */
function wordsTouched(words: readonly Word[], start: number, end: number) {
  const firstWord = words.findIndex((word) => word.start < end && word.end > start);
  if (firstWord < 0) return null;
  const endWord = words.findLastIndex((word) => word.start < end && word.end > start) + 1;
  return { group: '', label: '', firstWord, endWord, confidence: 1, exitLayer: 0, exitReason: 'final' } as const;
}
