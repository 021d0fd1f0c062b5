import assert from 'node:assert/strict';
import { lstat, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeWhole } from '../../../../shared/present/terminal/output-files.ts';

describe('writeWhole', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'epee-output-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('replaces a file and leaves nothing beside it', async () => {
    const path = join(folder, 'report.json');
    await writeWhole(path, 'old');
    await writeWhole(path, 'new');
    assert.equal(await readFile(path, 'utf8'), 'new');
    assert.deepEqual(await readdir(folder), ['report.json']);
  });

  it('writes where a link leads and keeps the link', async () => {
    const [file, link] = [join(folder, 'file'), join(folder, 'link')];
    await writeFile(file, 'old');
    await symlink(file, link);
    await writeWhole(link, 'new');
    assert.equal(await readFile(file, 'utf8'), 'new');
    assert.ok((await lstat(link)).isSymbolicLink());
  });

  it('names the path that cannot be written', async () => {
    const path = join(folder, 'none', 'report.json');
    await assert.rejects(writeWhole(path, 'new'), { code: 'FILE_INVALID', message: `${path} cannot be written (ENOENT)` });
  });
});
