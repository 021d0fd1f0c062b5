import assert from 'node:assert/strict';
import { fillEngineOptions } from '../../../shared/engine/options.ts';

describe('fillEngineOptions', () => {
  it('fills in defaults by provider and keeps what was given', () => {
    const cpu = fillEngineOptions({ modelDir: 'm', lingerMs: 0 });
    assert.deepEqual([cpu.provider, cpu.precision, cpu.lingerMs, cpu.batchTokens], ['cpu', 'fp32', 0, 2048]);
    assert.ok(cpu.threads >= 1);
    const cuda = fillEngineOptions({ modelDir: 'm', provider: 'cuda' });
    assert.deepEqual([cuda.threads, cuda.batchTokens], [1, 16_384]);
  });

  it('reports all problems at once, with both values where two fields disagree', () => {
    assert.throws(() => fillEngineOptions({ modelDir: '', threads: 0, batchTokens: 100, maxQueuedTokens: 99 }), {
      code: 'CONFIG_INVALID',
      message: /modelDir: .*threads: .*maxQueuedTokens \(99\) must be at least batchTokens \(100\)/,
    });
  });
});
