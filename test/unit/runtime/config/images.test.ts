import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { cliConfig, type Environment, ingestConfig, workerConfig } from '@epee/config';

const problem = (env: Environment, load: (env: Environment) => unknown = workerConfig) => {
  try {
    load(env);
  } catch (error) {
    return (error as Error).message;
  }
  return '';
};

describe('options of images', () => {
  it('name a model for images; an empty one turns images off', () => {
    const { engine, images } = workerConfig({ EPEE_IMAGE_MODEL_DIR: 'some/model', EPEE_BATCH_ROWS: '8' });
    assert.deepEqual(images.engine, { ...engine, modelDir: resolve('some/model') });
    assert.equal(workerConfig({ EPEE_IMAGE_MODEL_DIR: '' }).images.engine, null);
    assert.match(workerConfig({}).images.engine!.modelDir, /deploy\/models\/chest-xray$/);
  });

  it('allow no folder and no host by default', () => {
    const { folders, hosts } = workerConfig({}).images.store;
    assert.deepEqual([folders, hosts], [[], []]);
  });

  it('take folders and hosts as lists', () => {
    const { store } = workerConfig({ EPEE_IMAGE_FOLDERS: '/a:/b c', EPEE_IMAGE_HOSTS: 'PACS.example, 10.0.0.1:8042,[::1]:80' }).images;
    assert.deepEqual(store.folders, ['/a', '/b c']);
    assert.deepEqual(store.hosts, ['pacs.example', '10.0.0.1:8042', '[::1]:80']);
  });

  it('refuse relative folders and what is no host', () => {
    assert.match(problem({ EPEE_IMAGE_FOLDERS: 'images' }), /EPEE_IMAGE_FOLDERS must be absolute paths/);
    for (const hosts of ['http://pacs.example', 'a b', 'pacs:0', 'pacs:99999', '*.example', 'a,,b'])
      assert.match(problem({ EPEE_IMAGE_HOSTS: hosts }), /EPEE_IMAGE_HOSTS must be host or host:port/, hosts);
  });

  it('give every program that reads images the same limit of pixels', () => {
    const env = { EPEE_IMAGE_MAX_PIXELS: '1000' };
    const found = [ingestConfig(env).imageMaxPixels, workerConfig(env).images.limits.maxPixels, cliConfig(env).images.limits.maxPixels];
    assert.deepEqual(found, [1000, 1000, 1000]);
  });

  it('have a topic that must be their own', () => {
    assert.match(problem({ EPEE_IMAGES_TOPIC: 'epee.notes.v1' }), /EPEE_IMAGES_TOPIC.* must differ/);
    assert.equal(ingestConfig({ EPEE_IMAGES_TOPIC: 'scans' }).topics.images, 'scans');
  });
});
