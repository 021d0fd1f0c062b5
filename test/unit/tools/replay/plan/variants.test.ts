import assert from 'node:assert/strict';
import type { EpeeError } from '@epee/errors';
import { requestedVariants } from '../../../../../tools/replay/plan/variants.ts';

describe('variants', () => {
  const defaults = { defaultModel: '/m', defaultPolicy: 'fast' };
  for (const [what, policies, models, expected] of [
    ['full depth and the configured policy, without flags', [], [], ['A /m full', 'B /m fast']],
    ['policies on the configured model', ['fast', 'full', 'careful'], [], ['A /m fast', 'B /m full', 'C /m careful']],
    ['models under the configured policy', [], ['/x', '/y'], ['A /x fast', 'B /y fast']],
    ['each model under each policy', ['full', 'fast'], ['/x', '/y'], ['A /x full', 'B /x fast', 'C /y full', 'D /y fast']],
    ['the same twice, when asked for', ['fast', 'fast'], [], ['A /m fast', 'B /m fast']],
  ] as const) {
    it(`are ${what}`, () =>
      assert.deepEqual(
        requestedVariants({ policies, models, ...defaults }).map(({ id, modelDir, policy }) => `${id} ${modelDir} ${policy}`),
        expected,
      ));
  }

  it('is one where full depth is configured', () =>
    assert.equal(requestedVariants({ policies: [], models: [], defaultModel: '/m', defaultPolicy: 'full' }).length, 1));

  it('are not too many', () =>
    assert.throws(
      () => requestedVariants({ policies: ['a', 'b', 'c'], models: ['/x', '/y', '/z'], ...defaults }),
      (error: EpeeError) => error.code === 'USAGE_INVALID' && /9 variants; at most 8/.test(error.message),
    ));
});
