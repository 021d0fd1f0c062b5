import assert from 'node:assert/strict';
import { checkDryRun, checkPorts, type GraphReport, outputNames } from '../../../../shared/adapters/engine/graph/graph-contract.ts';
import { packExitBatch, packSweepBatch } from '../../../../shared/adapters/engine/graph/pack.ts';
import type { NamedTensor } from '../../../../shared/adapters/engine/graph/tensors.ts';
import { eventRow, layout, packed, sectionRow } from './fixtures.ts';

const exitReport = (): { inputs: { name: string; type: string }[]; outputs: { name: string; type: string }[] } => ({
  inputs: [
    { name: 'input_ids', type: 'int64' },
    { name: 'lengths', type: 'int32' },
    { name: 'task', type: 'int64' },
    { name: 'word_mask', type: 'float32' },
    { name: 'markers', type: 'int64' },
    { name: 'entropy_threshold', type: 'float32' },
    { name: 'patience', type: 'int64' },
  ],
  outputs: [
    { name: 'pooled_logits', type: 'float32' },
    { name: 'tag_ids', type: 'int32' },
    { name: 'tag_confidence', type: 'float32' },
    { name: 'exit_layer', type: 'int64' },
    { name: 'exit_reason', type: 'int64' },
    { name: 'entropy', type: 'float32' },
  ],
});

const refusal = (message: RegExp) => ({ code: 'MODEL_INVALID', message });

describe('checkPorts', () => {
  it('accepts a graph with all inputs and outputs, and with more outputs', () => {
    const report = exitReport();
    report.outputs.push({ name: 'extra', type: 'bool' });
    checkPorts('exit', 'g.onnx', report, layout);
  });

  it('names what is missing, of another type or not known', () => {
    const change = (edit: (report: ReturnType<typeof exitReport>) => unknown): GraphReport => {
      const report = exitReport();
      edit(report);
      return report;
    };
    const check = (report: GraphReport) => () => checkPorts('exit', 'g.onnx', report, layout);
    assert.throws(check(change(({ inputs }) => inputs.pop())), refusal(/^g\.onnx does not fit the manifest: input 'patience' is missing/));
    assert.throws(check(change(({ outputs }) => outputs.shift())), refusal(/output 'pooled_logits' is missing/));
    assert.throws(
      check(change(({ inputs }) => Object.assign(inputs[1]!, { type: 'int64' }))),
      refusal(/input 'lengths' is int64, but must be int32/),
    );
    assert.throws(
      check(change(({ inputs }) => inputs.push({ name: 'position_ids', type: 'int64' }))),
      refusal(/input 'position_ids' that the engine does not set/),
    );
  });

  it('needs other inputs and outputs of the sweep graph', () => {
    const report: GraphReport = {
      inputs: exitReport().inputs.slice(0, 5),
      outputs: outputNames('sweep').map((name) => ({ name, type: 'float32' })),
    };
    checkPorts('sweep', 's.onnx', report, layout);
    assert.throws(
      () => checkPorts('sweep', 's.onnx', exitReport(), layout),
      refusal(/all_pooled_logits.*all_tag_logits.*entropy_threshold/),
    );
  });
});

describe('checkDryRun', () => {
  const rows = [packed(sectionRow('a', 2)), packed(eventRow('b', 3))];
  const inputs = packExitBatch(rows, layout);
  const float = (name: string, dims: number[], fill = 0): NamedTensor => ({
    name,
    type: 'float32',
    dims,
    data: new Float32Array(dims.reduce((a, b) => a * b, 1)).fill(fill),
  });
  const outputs = (layer = 3, entropy = 0.5): NamedTensor[] => [
    float('pooled_logits', [2, 5]),
    { name: 'tag_ids', type: 'int32', dims: [2, 3, 2], data: new Int32Array(12) },
    float('tag_confidence', [2, 3, 2]),
    { name: 'exit_layer', type: 'int64', dims: [2], data: new BigInt64Array(2).fill(BigInt(layer)) },
    { name: 'exit_reason', type: 'int64', dims: [2], data: new BigInt64Array(2).fill(2n) },
    float('entropy', [2], entropy),
  ];

  it('accepts the shapes of the manifest’s labels', () => checkDryRun('exit', 'g.onnx', inputs, outputs(), layout));

  it('refuses logits for another number of labels', () => {
    assert.throws(
      () => checkDryRun('exit', 'g.onnx', inputs, [float('pooled_logits', [2, 6]), ...outputs().slice(1)], layout),
      refusal(/output 'pooled_logits' has shape \[2,6\], but the manifest needs \[2,5\]/),
    );
  });

  it('refuses another number of layers', () => {
    assert.throws(
      () => checkDryRun('exit', 'g.onnx', inputs, outputs(2), layout),
      refusal(/left after layer 2, but the manifest says 3 layers/),
    );
  });

  it('refuses weights that answer an empty row with NaN', () => {
    assert.throws(
      () => checkDryRun('exit', 'g.onnx', inputs, outputs(3, Number.NaN), layout),
      refusal(/entropy of an empty row is NaN, but must be from 0 to 1/),
    );
  });

  it('checks the sweep’s shapes layer by layer', () => {
    const sweepInputs = packSweepBatch(
      rows.map(({ row }) => row),
      layout,
    );
    checkDryRun('sweep', 's.onnx', sweepInputs, [float('all_pooled_logits', [3, 2, 5]), float('all_tag_logits', [3, 2, 3, 8])], layout);
    assert.throws(
      () =>
        checkDryRun('sweep', 's.onnx', sweepInputs, [float('all_pooled_logits', [4, 2, 5]), float('all_tag_logits', [3, 2, 3, 8])], layout),
      refusal(/all_pooled_logits/),
    );
  });
});
