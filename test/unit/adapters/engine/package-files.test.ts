import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadPackage } from '@epee/engine';
import { manifestData } from './fixtures.ts';

const sha256 = (bytes: string | Buffer) => createHash('sha256').update(bytes).digest('hex');

describe('loadPackage', () => {
  let dir: string;

  /** Writes a package of plain files with correct digests. */
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'epee-package-'));
    const data = manifestData();
    for (const file of Object.keys(data.files)) {
      const content = `content of ${file}`;
      await writeFile(join(dir, file), content);
      data.files[file] = { sha256: sha256(content), bytes: Buffer.byteLength(content) };
    }
    await writeFile(join(dir, 'manifest.json'), JSON.stringify(data));
  });

  afterEach(() => rm(dir, { recursive: true }));

  it('reads a package and names its manifest’s digest', async () => {
    const { manifest, sha256: digest } = await loadPackage(dir);
    assert.equal(manifest.name, 'tiny');
    assert.match(digest, /^[0-9a-f]{64}$/);
    await writeFile(join(dir, 'manifest.json'), `${JSON.stringify(manifest)}\n`);
    assert.notEqual((await loadPackage(dir)).sha256, digest);
  });

  it('says which folder has no package', async () => {
    await assert.rejects(loadPackage(join(dir, 'nowhere')), { code: 'MODEL_MISSING', message: /There is no model package at .*nowhere/ });
  });

  it('says which file is missing', async () => {
    await rm(join(dir, 'weights.bin'));
    await assert.rejects(loadPackage(dir), { code: 'MODEL_MISSING', message: /weights\.bin cannot be read/ });
  });

  it('says expected and actual size of a file that was cut short', async () => {
    await writeFile(join(dir, 'weights.bin'), 'cont');
    await assert.rejects(loadPackage(dir), {
      code: 'MODEL_DIGEST_MISMATCH',
      message: /weights\.bin has 4 bytes, but manifest\.json says 22/,
    });
  });

  it('says expected and actual digest of a file with one byte changed', async () => {
    await writeFile(join(dir, 'weights.bin'), 'content of weights.bim');
    const [actual, expected] = [sha256('content of weights.bim'), sha256('content of weights.bin')];
    await assert.rejects(loadPackage(dir), {
      code: 'MODEL_DIGEST_MISMATCH',
      message: new RegExp(`weights\\.bin has SHA-256 ${actual}, but manifest\\.json says ${expected}`),
    });
  });

  it('refuses a file that the manifest does not name, but no hidden one', async () => {
    await writeFile(join(dir, '.DS_Store'), '');
    await loadPackage(dir);
    await writeFile(join(dir, 'other-weights.bin'), 'x');
    await assert.rejects(loadPackage(dir), { code: 'MODEL_INVALID', message: /other-weights\.bin is not named/ });
  });
});
