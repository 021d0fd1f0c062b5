import assert from 'node:assert/strict';
import type { Outcome } from '@epee/model';
import { graphLayout } from '../../../../shared/adapters/engine/graph/layout.ts';
import { readOutcomes } from '../../../../shared/adapters/engine/graph/read-outcomes.ts';
import type { NamedTensor } from '../../../../shared/adapters/engine/graph/tensors.ts';
import { manifestSchema } from '../../../../shared/adapters/engine/package/manifest-schema.ts';
import { eventRow, layout, manifestData, relationRow, sectionRow } from './fixtures.ts';

const TOKENS = 6;
const rows = [sectionRow('s', 4), eventRow('e', 3), relationRow('r')].map((row) => ({ row, queueMs: 7 }));

/** The graph's outputs for {@link rows}: exit layers 1, 3, 2 by entropy, final, patience. */
function outputs({ entropy = [0.1, 0.5, 0.4], pooled = [] as number[] } = {}): NamedTensor[] {
  const logits = Float32Array.of(0, 2, 1, 9, 9, /* events */ 9, 9, 9, 9, 9, /* relations */ 9, 9, 9, -1, 1);
  logits.set(pooled);
  const tagIds = new Int32Array(3 * TOKENS * 2);
  const confidence = new Float32Array(3 * TOKENS * 2);
  for (let token = 0; token < 3; token++) {
    const at = (TOKENS + token) * 2;
    tagIds.set([token, token + 1], at);
    confidence.set([0.5 + token / 8, 0.25 + token / 8], at);
  }
  return [
    { name: 'pooled_logits', type: 'float32', dims: [3, 5], data: logits },
    { name: 'tag_ids', type: 'int32', dims: [3, TOKENS, 2], data: tagIds },
    { name: 'tag_confidence', type: 'float32', dims: [3, TOKENS, 2], data: confidence },
    { name: 'exit_layer', type: 'int64', dims: [3], data: BigInt64Array.of(1n, 3n, 2n) },
    { name: 'exit_reason', type: 'int64', dims: [3], data: BigInt64Array.of(0n, 2n, 1n) },
    { name: 'entropy', type: 'float32', dims: [3], data: Float32Array.from(entropy) },
  ];
}

const read = (tensors: readonly NamedTensor[]): Outcome[] => readOutcomes(rows, tensors, 25, layout);

describe('readOutcomes', () => {
  it('reads each row’s own slice: label, confidence and logits of pooled tasks', () => {
    const [section, , relation] = read(outputs());
    assert.ok(section?.kind === 'pooled' && relation?.kind === 'pooled');
    assert.equal(section.label, 'history');
    assert.deepEqual([...section.logits], [0, 2, 1]);
    const expected = Math.exp(2) / (1 + Math.exp(2) + Math.exp(1));
    assert.ok(Math.abs(section.confidence - expected) < 1e-12);
    assert.deepEqual([relation.label, ...relation.logits], ['adverse_effect', -1, 1]);
  });

  it('reads tags and confidences per group, without padding', () => {
    const event = read(outputs())[1];
    assert.ok(event?.kind === 'tagging');
    assert.deepEqual(event.tags, [Uint8Array.of(0, 1, 2), Uint8Array.of(1, 2, 3)]);
    assert.deepEqual(event.confidences, [Float32Array.of(0.5, 0.625, 0.75), Float32Array.of(0.25, 0.375, 0.5)]);
  });

  it('says where and why each row left', () => {
    const depth = read(outputs()).map(
      (outcome) => outcome.kind !== 'failed' && [outcome.id, outcome.task, outcome.exitLayer, outcome.exitReason, outcome.queueMs],
    );
    assert.deepEqual(depth, [
      ['s', 'sections', 1, 'entropy', 7],
      ['e', 'events', 3, 'final', 7],
      ['r', 'relations', 2, 'patience', 7],
    ]);
  });

  it('limits an entropy that rounding put outside [0, 1]', () => {
    const entropies = read(outputs({ entropy: [-1e-7, 1.0000002, 0.5] })).map((outcome) => outcome.kind !== 'failed' && outcome.entropy);
    assert.deepEqual(entropies, [0, 1, 0.5]);
  });

  it('shares the batch’s time by tokens x layers', () => {
    const shares = read(outputs()).map((outcome) => outcome.kind !== 'failed' && outcome.computeMs);
    assert.deepEqual(shares, [(25 * 4) / 25, (25 * 9) / 25, (25 * 12) / 25]);
  });

  it('fails the rows whose entropy or logits are not finite, and no other', () => {
    const kinds = (tensors: readonly NamedTensor[]) =>
      read(tensors).map((outcome) => (outcome.kind === 'failed' ? outcome.error.code : outcome.kind));
    assert.deepEqual(kinds(outputs({ entropy: [0.1, Number.NaN, 0.4] })), ['pooled', 'ENGINE_NON_FINITE', 'pooled']);
    assert.deepEqual(kinds(outputs({ pooled: [Number.NaN, Number.POSITIVE_INFINITY] })), ['ENGINE_NON_FINITE', 'tagging', 'pooled']);
  });

  it('finds each tagging task’s groups among those of all', () => {
    const data = manifestData();
    const second = { ...data.tasks[1]!, name: 'doses', groups: [{ name: 'dose', labels: ['O', 'B-Dose'] }] };
    const both = graphLayout(manifestSchema.parse({ ...data, tasks: [...data.tasks, second] }));
    assert.deepEqual([both.groupCount, both.tagWidth, both.tasks.get('doses')?.tagOffset], [3, 10, 8]);
    const tensors = outputs().map((tensor) => {
      if (!tensor.name.startsWith('tag_')) return tensor;
      const dims = [1, 2, 3];
      return tensor.name === 'tag_ids'
        ? { ...tensor, dims, data: Int32Array.of(7, 7, 0, 7, 7, 1) }
        : { ...tensor, dims, data: Float32Array.of(0, 0, 0.5, 0, 0, 0.75) };
    });
    const [outcome] = readOutcomes([{ row: { ...eventRow('d', 2), task: 'doses' }, queueMs: 0 }], tensors, 1, both);
    assert.ok(outcome?.kind === 'tagging');
    assert.deepEqual([outcome.tags, outcome.confidences], [[Uint8Array.of(0, 1)], [Float32Array.of(0.5, 0.75)]]);
  });
});
