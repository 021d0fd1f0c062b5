import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { downStack, readStackRecord, serverLogFile, stackStatus } from '../../../deploy/local/index.ts';
import { identityOf } from '../../../deploy/local/process-identity.ts';
import {
  clearStackRecord,
  runningServers,
  type StackRecord,
  stateFile,
  stopServers,
  writeStackRecord,
} from '../../../deploy/local/stack-state.ts';

describe('stack state', () => {
  const dir = mkdtempSync(join(tmpdir(), 'epee-state-'));
  after(() => rmSync(dir, { recursive: true, force: true }));
  afterEach(() => clearStackRecord(dir));

  const mine = identityOf(process.pid)!;
  const record = (startedAt: string): StackRecord => ({
    formatVersion: 1,
    mode: 'processes',
    owner: null,
    servers: [{ name: 'redis', port: 1, pid: process.pid, startedAt }],
    kafkaBrokers: '127.0.0.1:9092',
    redisUrl: 'redis://127.0.0.1:6379',
    startedAt: '2025-01-01T00:00:00.000Z',
  });

  it('is read as it was written', () => {
    assert.equal(readStackRecord(dir), undefined);
    writeStackRecord(dir, record('x'));
    assert.deepEqual(readStackRecord(dir), record('x'));
  });

  it('counts as absent where it is broken or of another format', () => {
    for (const text of ['{"formatVersion":1', '{"formatVersion":2,"servers":[]}', '[]', 'null']) {
      writeFileSync(stateFile(dir), text);
      assert.equal(readStackRecord(dir), undefined);
    }
  });

  it('never mistakes another process with the same id for a server', async () => {
    assert.deepEqual(runningServers(record('earlier')), []);
    assert.equal(runningServers(record(mine.startedAt)).length, 1);
    await stopServers(record('earlier'));
    writeStackRecord(dir, record('earlier'));
    assert.deepEqual(await downStack({ dir }), []);
    assert.equal(readStackRecord(dir), undefined);
  });

  it('has nothing to stop and no status where no stack was started', async () => {
    assert.deepEqual(await downStack({ dir }), []);
    assert.equal(await stackStatus(dir), undefined);
  });

  it('knows where each server writes its log', () => {
    assert.equal(serverLogFile('/s', 'redis'), '/s/redis/server.log');
    assert.equal(serverLogFile('/s', 'kafka-2'), '/s/kafka/node-2/server.log');
  });
});
