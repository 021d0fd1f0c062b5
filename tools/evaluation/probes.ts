import type { SweepRow } from '@epee/engine';
import type { LabelledSpan } from '@epee/exits';
import type { AnyRow, Row, TaskSpec, Tokenizer } from '@epee/model';
import { wordsOf } from '@epee/text';

/** One decision of a row whose right answer is known: every layer's logits, and the index of the wanted label. */
export interface Probe {
  readonly task: string;
  readonly layers: readonly ArrayLike<number>[];
  readonly gold: number;
}

/** The decision of a row with one label; none where the task does not know the label. */
export function labelProbe(row: Pick<AnyRow, 'task'>, { layers }: SweepRow, label: string, { labels }: TaskSpec): Probe[] {
  const gold = labels.indexOf(label);
  return gold < 0 ? [] : [{ task: row.task, layers, gold }];
}

/**
 * The decisions of a tagging row, one a word and group: the wanted tag is `B-` at the first word that a span touches, `I-` at the others. A row that is not the whole
 * text (a window of a long one) has none.
 * @param spans wanted, in code points
 */
export async function tagProbes(
  { text, spans }: { readonly text: string; readonly spans: readonly LabelledSpan[] },
  { row, layers }: { readonly row: Row; readonly layers: SweepRow },
  { groups }: TaskSpec,
  tokenizer: Tokenizer,
): Promise<Probe[]> {
  const [encoding] = await tokenizer.encode([text]);
  const places = [...row.wordMask!.keys()].filter((token) => row.wordMask![token] === 1);
  const words = wordsOf(encoding!);
  if (words.length !== places.length) return [];
  const unitOf = codePointUnits(text);
  const width = groups.reduce((sum, { labels }) => sum + labels.length, 0);
  let offset = 0;
  return groups.flatMap(({ labels }) => {
    const start = offset;
    offset += labels.length;
    const gold = new Uint8Array(words.length);
    for (const { label, start: from, end } of spans) {
      const touched = words.flatMap((word, index) => (word.start < unitOf(end) && word.end > unitOf(from) ? [index] : []));
      for (const [place, index] of touched.entries()) {
        if (gold[index] === 0) gold[index] = Math.max(0, labels.indexOf(`${place === 0 ? 'B' : 'I'}-${label}`));
      }
    }
    return places.map((token, index): Probe => {
      const at = token * width + start;
      return {
        task: row.task,
        layers: layers.layers.map((logits) => Float32Array.from({ length: labels.length }, (_, tag) => logits[at + tag]!)),
        gold: gold[index]!,
      };
    });
  });
}

/** From code points to UTF-16 units of a text. */
export function codePointUnits(text: string): (codePoint: number) => number {
  const units = [0];
  for (const character of text) units.push(units.at(-1)! + character.length);
  return (codePoint) => units[codePoint]!;
}
