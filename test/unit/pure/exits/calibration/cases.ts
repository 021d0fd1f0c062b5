import { type Case, type CaseAnswer, exitsKey, type RowTrace } from '@epee/exits';

const LAYERS = 4;

/** A trace of given entropies, with agreements counted from where the labels change. */
export function traceOf(entropies: readonly number[], labels: readonly string[]): RowTrace {
  const agreements = new Uint16Array(labels.length);
  for (let layer = 1; layer < labels.length; layer++)
    agreements[layer] = labels[layer] === labels[layer - 1] ? agreements[layer - 1]! + 1 : 0;
  return { entropies: Float64Array.from(entropies), agreements };
}

/** A case of one row with one label by layer. */
export function labelCase(
  id: string,
  document: string,
  entropies: readonly number[],
  labels: readonly string[],
  gold: string | null = null,
): Case {
  const answers = labels.map((label, layer): [string, CaseAnswer] => [
    exitsKey([layer + 1]),
    {
      key: label,
      counts: gold === null ? null : { found: 1, gold: 1, right: Number(label === gold) },
      parts: new Map([[label, new Set([label])]]),
    },
  ]);
  return {
    id,
    document,
    task: 't',
    kind: 'label',
    gold: gold === null ? null : new Map([[gold, new Set([gold])]]),
    rows: [{ tokens: 10, trace: traceOf(entropies, labels) }],
    answers: new Map(answers),
  };
}

/** A made-up row of four layers: its entropy falls as it goes deeper; the surer it is, the likelier its answer is final already. */
export function inventedCase(id: string, document: string, random: () => number, ease = random()): Case {
  const entropies = Array.from({ length: LAYERS }, (_, layer) =>
    Math.max(0, Math.min(1, (1 - ease) * (1 - layer / 5) + 0.15 * (random() - 0.5))),
  );
  const final = random() < 0.5 ? 'yes' : 'no';
  const labels = entropies.map((entropy, layer) =>
    layer < LAYERS - 1 && random() < 0.45 * entropy ? (final === 'yes' ? 'no' : 'yes') : final,
  );
  return labelCase(id, document, entropies, labels, random() < 0.8 ? final : 'no');
}
