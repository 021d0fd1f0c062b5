import assert from 'node:assert/strict';
import { fillEngineOptions } from '../../../../shared/adapters/engine/options.ts';
import { autoBatchTokens } from '../../../../shared/adapters/engine/schedule/batch-size.ts';

describe('fillEngineOptions', () => {
  it('fills in defaults by provider and keeps what was given', () => {
    const cpu = fillEngineOptions({ modelDir: 'm', lingerMs: 0 });
    assert.deepEqual([cpu.provider, cpu.precision, cpu.lingerMs, cpu.batchTokens], ['cpu', 'fp32', 0, 'auto']);
    assert.ok(cpu.threads >= 1);
    const cuda = fillEngineOptions({ modelDir: 'm', provider: 'cuda' });
    assert.equal(cuda.threads, 1);
  });

  it('sizes batches by provider and width', () => {
    assert.deepEqual(
      [128, 384, 768, 100_000].map((hidden) => autoBatchTokens('cpu', hidden)),
      [1536, 512, 256, 128],
    );
    assert.equal(autoBatchTokens('cuda', 384), 16_384);
  });

  it('reports all problems at once, with both values where two fields disagree', () => {
    assert.throws(() => fillEngineOptions({ modelDir: '', threads: 0, batchTokens: 100, maxQueuedTokens: 99 }), {
      code: 'CONFIG_INVALID',
      message: /modelDir: .*threads: .*maxQueuedTokens \(99\) must be at least batchTokens \(100\)/,
    });
  });
});
