import type { LabelledSpan } from '@epee/exits';
import type { TaskSpec, Tokenizer } from '@epee/model';
import { isEventGroup, textTasks, wordsOf } from '@epee/text';
import { codePointUnits } from '../read/code-points.ts';
import type { Portion, RowPortion, TextPortion } from '../read/task-reading.ts';
import { type AskedRow, readAt } from './read-at.ts';

/** A decision whose right answer is known: every layer's logits, and the wanted label's index. */
export interface Probe {
  readonly task: string;
  readonly layers: readonly ArrayLike<number>[];
  readonly gold: number;
}

/**
 * A portion's decisions whose right answers are known, in the order of its rows.
 * Of texts those of events alone: there the place of each wanted label is known.
 */
export async function probesOf(portion: Portion): Promise<Probe[]> {
  if (portion.kind === 'rows') return labelProbes(portion);
  return portion.reading.task === 'events' ? eventProbes(portion) : [];
}

/** One decision per row; none where the task does not know the label. */
async function labelProbes({ reading, rows }: RowPortion): Promise<Probe[]> {
  const asked = rows.flatMap(({ row, label }) => (row === null ? [] : [{ row, label }]));
  const layers = await reading.answers.layersOf(asked.map(({ row }) => row));
  return asked.flatMap(({ row, label }, index): Probe[] => {
    const gold = reading.spec.labels.indexOf(label);
    return gold < 0 ? [] : [{ task: row.task, layers: layers[index]!.layers, gold }];
  });
}

async function eventProbes(portion: TextPortion): Promise<Probe[]> {
  const { answers, tokenizer } = portion.reading;
  const { rows } = await readAt(portion, () => answers.model.layers);
  const probes: Probe[] = [];
  for (const asked of rows) {
    const { text, gold } = portion.texts[asked.row.id.note]!;
    probes.push(...(await tagProbes({ text, spans: gold! }, asked, textTasks(answers.model).tagging!, tokenizer)));
  }
  return probes;
}

/**
 * The decisions of a tagging row, one per word and group: the wanted tag is `B-` at the first word
 * that a span touches, `I-` at the others. A row that is not the whole text (a window of a long
 * one) has none.
 * @param spans wanted, in code points
 */
async function tagProbes(
  { text, spans }: { readonly text: string; readonly spans: readonly LabelledSpan[] },
  { row, layers }: AskedRow,
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
  return groups.flatMap(({ name, labels }) => {
    const start = offset;
    offset += labels.length;
    if (!isEventGroup(name)) return [];
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
