import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withFileLock } from '../../../deploy/local/file-lock.ts';
import { identityOf, isRunning } from '../../../deploy/local/process-identity.ts';

describe('file lock', () => {
  const dir = mkdtempSync(join(tmpdir(), 'epee-lock-'));
  const path = join(dir, 'lock');
  after(() => rmSync(dir, { recursive: true, force: true }));
  afterEach(() => assert.deepEqual(readdirSync(dir), [], 'nothing is left'));

  it('lets one process work at a time', async () => {
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      await new Promise(setImmediate);
      inside--;
    };
    await Promise.all([1, 2, 3].map(() => withFileLock(path, work)));
    assert.equal(most, 1);
  });

  it('is given back when the work fails', async () => {
    await assert.rejects(
      withFileLock(path, async () => {
        throw new Error('no');
      }),
      /no/,
    );
    assert.equal(existsSync(path), false);
  });

  it('ignores the lock of a dead process, and one that is half written', async () => {
    for (const text of [JSON.stringify({ pid: process.pid, startedAt: 'another time' }), '{"pid":', '']) {
      writeFileSync(path, text);
      assert.equal(await withFileLock(path, async () => 'mine'), 'mine');
    }
  });

  it('names the holder after the time limit', async () => {
    let told: number | undefined;
    await withFileLock(path, async () => {
      const second = withFileLock(path, async () => undefined, { timeoutMs: 0, onWait: (holder) => (told = holder) });
      await assert.rejects(second, { code: 'STACK_START_FAILED', message: `Process ${process.pid} has held ${path} for more than 0 ms` });
    });
    assert.equal(told, process.pid);
  });
});

describe('process identity', () => {
  it('tells a process from a later one with the same id', () => {
    const mine = identityOf(process.pid)!;
    assert.equal(isRunning(mine), true);
    assert.equal(isRunning({ ...mine, startedAt: 'earlier' }), false);
  });

  it('is undefined for an id that no process has', () => {
    assert.equal(identityOf(2 ** 22 + 1), undefined);
  });
});
