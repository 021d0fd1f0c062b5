import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { markPrepared, openDataFolder, renewDataFolder } from '../../../deploy/local/data-folder.ts';

interface Marker {
  readonly version: number;
}

describe('data folder', () => {
  const root = mkdtempSync(join(tmpdir(), 'epee-data-'));
  const path = join(root, 'kafka');
  beforeEach(() => {
    rmSync(root, { recursive: true, force: true });
    renewDataFolder(path);
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  const open = () => openDataFolder<Marker>(path, (marker) => marker.version === 1).prepared;

  it('is prepared once it is marked', () => {
    assert.equal(open(), undefined);
    markPrepared<Marker>(path, { version: 1 });
    assert.deepEqual(open(), { version: 1 });
  });

  it('is not prepared with a marker of another version or one half written', () => {
    markPrepared<Marker>(path, { version: 2 });
    assert.equal(open(), undefined);
    writeFileSync(join(path, 'prepared.json'), '{"vers');
    assert.equal(open(), undefined);
  });

  it('is empty after an interrupted preparation', () => {
    writeFileSync(join(path, 'half'), 'x');
    renewDataFolder(path);
    assert.equal(existsSync(join(path, 'half')), false);
    assert.equal(existsSync(`${path}.broken`), false);
  });

  it('keeps data that was in use, one generation', () => {
    for (const generation of ['1', '2']) {
      mkdirSync(path, { recursive: true });
      writeFileSync(join(path, 'log'), generation);
      markPrepared<Marker>(path, { version: 1 });
      renewDataFolder(path);
    }
    assert.equal(readFileSync(join(`${path}.broken`, 'log'), 'utf8'), '2');
    assert.equal(open(), undefined);
  });
});
