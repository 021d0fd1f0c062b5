import assert from 'node:assert/strict';
import { packExitBatch, packSweepBatch } from '../../../../shared/adapters/engine/graph/pack.ts';
import type { NamedTensor } from '../../../../shared/adapters/engine/graph/tensors.ts';
import { eventRow, layout, packed, relationRow, sectionRow } from './fixtures.ts';

/** Inputs by name: [shape, values]. */
const read = (tensors: readonly NamedTensor[]) =>
  Object.fromEntries(tensors.map(({ name, dims, data }) => [name, [dims.join('x'), Array.from(data, Number)]]));

describe('packExitBatch', () => {
  it('pads rows of all kinds to the longest and gives each its task, mask, markers and policy', () => {
    const rows = [
      packed(sectionRow('a', 3)),
      packed(eventRow('b', 4), { entropyThreshold: 0.25, patience: 2 }),
      packed(relationRow('c', [1, 3]), { entropyThreshold: 0, patience: 'off' }),
    ];
    assert.deepEqual(read(packExitBatch(rows, layout)), {
      input_ids: ['3x6', [2, 3, 4, 0, 0, 0, 9, 9, 9, 9, 0, 0, 2, 4, 5, 6, 7, 3]],
      lengths: ['3', [3, 4, 6]],
      task: ['3', [0, 1, 2]],
      word_mask: ['3x6', [0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]],
      markers: ['3x2', [0, 0, 0, 0, 1, 3]],
      entropy_threshold: ['3', [-1, 0.25, 0]],
      patience: ['3', [4, 2, 4]],
    });
  });

  it('pads with the package’s own padding token', () => {
    const ids = packExitBatch([packed(sectionRow('a', 2)), packed(sectionRow('b', 3))], { ...layout, padId: 7 })[0]!;
    assert.deepEqual(Array.from(ids.data, Number), [2, 3, 7, 2, 3, 4]);
  });

  it('treats a patience beyond 32 bits as one that is never reached', () => {
    const huge = packed(sectionRow('a'), { entropyThreshold: 'off', patience: Number.MAX_SAFE_INTEGER });
    assert.deepEqual(read(packExitBatch([huge], layout)).patience, ['1', [4]]);
  });

  it('uses the element types of the graph', () => {
    const types = Object.fromEntries(
      packExitBatch([packed(sectionRow('a'))], layout).map(({ name, type, data }) => [name, [type, data.constructor.name]]),
    );
    assert.deepEqual(types, {
      input_ids: ['int64', 'BigInt64Array'],
      lengths: ['int32', 'Int32Array'],
      task: ['int64', 'BigInt64Array'],
      word_mask: ['float32', 'Float32Array'],
      markers: ['int64', 'BigInt64Array'],
      entropy_threshold: ['float32', 'Float32Array'],
      patience: ['int64', 'BigInt64Array'],
    });
  });
});

describe('packSweepBatch', () => {
  it('leaves the policies out', () => {
    assert.deepEqual(Object.keys(read(packSweepBatch([sectionRow('a')], layout))), [
      'input_ids',
      'lengths',
      'task',
      'word_mask',
      'markers',
    ]);
  });
});
