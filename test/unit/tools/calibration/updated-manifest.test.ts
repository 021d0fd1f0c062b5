import assert from 'node:assert/strict';
import { parseManifest } from '@epee/engine';
import type { Certificate } from '@epee/exits';
import { updatedManifest } from '../../../../tools/calibration/updated-manifest.ts';
import { manifestData } from '../../adapters/engine/fixtures.ts';

const certificate = { method: 'm', epsilon: 0.1 } as Certificate;
const text = `${JSON.stringify({ ...manifestData(), scores: { kept: 1 } }, null, 2)}\n`;
const [first, ...others] = manifestData().tasks.map(({ name }) => name) as [string, ...string[]];
const found = (entropyThreshold: number) => new Map([[first, { policy: { entropyThreshold, patience: 2 }, certificate }]]);
const policyOf = (manifest: string, task: string) =>
  JSON.parse(manifest).tasks.find(({ name }: { name: string }) => name === task).policies.safe;

describe('a manifest with a certified policy', () => {
  it('has it with its certificate in the task, full depth in the others, and everything else as it was', () => {
    const changed = updatedManifest(text, 'safe', found(0.2));
    assert.deepEqual(policyOf(changed, first), { entropyThreshold: 0.2, patience: 2, certificate });
    for (const task of others) assert.equal(policyOf(changed, task).entropyThreshold, 'off');
    const back = JSON.parse(changed);
    for (const task of back.tasks) delete task.policies.safe;
    assert.deepEqual(back, JSON.parse(text));
    assert.deepEqual(parseManifest(changed, 'm').tasks[0]?.policies.safe, { entropyThreshold: 0.2, patience: 2 });
  });

  it('keeps what an earlier calibration found for another task, and replaces its own', () => {
    const once = updatedManifest(text, 'safe', found(0.2));
    const other = new Map([[others[0]!, { policy: { entropyThreshold: 0.5, patience: 'off' as const }, certificate }]]);
    const twice = updatedManifest(updatedManifest(once, 'safe', other), 'safe', found(0.3));
    assert.equal(policyOf(twice, first).entropyThreshold, 0.3);
    assert.equal(policyOf(twice, others[0]!).entropyThreshold, 0.5);
  });

  it('falls back to full depth where nothing could be certified', () => {
    const once = updatedManifest(text, 'safe', found(0.2));
    assert.equal(policyOf(updatedManifest(once, 'safe', new Map([[first, null]])), first).entropyThreshold, 'off');
  });

  it('never takes the name of a policy that somebody chose', () => {
    assert.throws(() => updatedManifest(text, 'fast', found(0.2)), {
      code: 'USAGE_INVALID',
      message: /--name fast: task \w+ has a policy/,
    });
  });
});
