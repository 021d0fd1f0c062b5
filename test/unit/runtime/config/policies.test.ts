import assert from 'node:assert/strict';
import { cliConfig, ingestConfig, jobsConfig } from '@epee/config';

describe('policies that may be asked for', () => {
  it('are those that every task of the packages has', () => {
    const env = { EPEE_MODEL_DIR: 'test/fixtures/tiny-model', EPEE_IMAGE_MODEL_DIR: 'test/fixtures/tiny-vit' };
    const names = ['full', 'careful', 'fast'];
    for (const config of [ingestConfig(env), jobsConfig(env), cliConfig(env)]) assert.deepEqual(config.policies.notes, names);
    assert.deepEqual(ingestConfig(env).policies.images, names);
  });

  it('are not known where there is no package', () => {
    assert.deepEqual(ingestConfig({ EPEE_MODEL_DIR: '/nowhere', EPEE_IMAGE_MODEL_DIR: '' }).policies, { notes: null, images: null });
  });
});
