import { FULL_DEPTH } from '@epee/exits';
import type { ClassificationItem, LabelledRow, Placed } from '@epee/labelled-data';
import type { TaskSpec, Tokenizer } from '@epee/model';
import { classificationRow } from '@epee/text';

/** Turns labelled texts into rows of a classification task. */
export async function textRows(
  items: readonly Placed<ClassificationItem>[],
  { name, maxTokens }: TaskSpec,
  tokenizer: Tokenizer,
): Promise<LabelledRow[]> {
  const encodings = await tokenizer.encode(items.map(({ item }) => item.text));
  return items.map(({ item: { id, label }, document }, index): LabelledRow => {
    const head = { id, task: name, policy: FULL_DEPTH };
    return { id, document, task: name, label, row: classificationRow(head, encodings[index]!, maxTokens, tokenizer) };
  });
}
