import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { choosePorts, demandSamePorts, keepPorts } from '../../../deploy/local/kept-ports.ts';
import { findFreePorts } from '../../../deploy/local/ports.ts';

describe('the ports of a stack', () => {
  let dir: string;
  let other: Server;
  let takenPort: number;
  const servers = (kafka: number, redis: number) => ({
    servers: [
      { name: 'kafka-1', port: kafka, pid: 1, startedAt: '' },
      { name: 'redis', port: redis, pid: 2, startedAt: '' },
    ],
  });

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'epee-ports-'));
    other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    takenPort = (other.address() as { port: number }).port;
  });

  afterEach(() => {
    other.close();
    rmSync(dir, { recursive: true, force: true });
  });

  it('are the usual ones at first', async () => assert.deepEqual(await choosePorts(dir, {}), { kafkaPort: 9092, redisPort: 6379 }));

  it('are those that it had before, unless others are asked for', async () => {
    const [kafkaPort, redisPort, asked] = (await findFreePorts([0, 0, 0])) as [number, number, number];
    keepPorts(dir, servers(kafkaPort, redisPort));
    assert.deepEqual(await choosePorts(dir, {}), { kafkaPort, redisPort });
    assert.deepEqual(await choosePorts(dir, { kafkaPort: asked }), { kafkaPort: asked, redisPort });
  });

  it('are not replaced by others where somebody has taken them', async () => {
    const [free] = (await findFreePorts([0])) as [number];
    await assert.rejects(choosePorts(dir, { redisPort: takenPort }), { code: 'STACK_START_FAILED', hint: /epee up --redis-port NUMBER/ });
    keepPorts(dir, servers(takenPort, free));
    await assert.rejects(choosePorts(dir, {}), {
      code: 'STACK_START_FAILED',
      message: `Port ${takenPort}, which this stack had before, is taken by another program`,
    });
  });

  it('cannot be changed while it runs', () => {
    demandSamePorts(servers(1, 2), { kafkaPort: 1, redisPort: undefined });
    assert.throws(() => demandSamePorts(servers(1, 2), { kafkaPort: 3 }), { code: 'STACK_START_FAILED', hint: /epee down/ });
  });
});
