import assert from 'node:assert/strict';
import { EpeeError } from '@epee/errors';
import { addHealthRoutes, createMetrics, heartbeatProbe, type Probe } from '@epee/telemetry';
import { fastify } from 'fastify';

const ok: Probe = () => ({ ok: true });

async function ask(path: string, probes: { liveness?: Probe; readiness?: Probe }) {
  const app = fastify();
  addHealthRoutes(app, { liveness: ok, readiness: ok, metrics: createMetrics(), ...probes });
  const answer = await app.inject({ method: 'GET', url: path });
  return { status: answer.statusCode, type: answer.headers['content-type'], body: answer.body };
}

describe('health routes', () => {
  it('answer 200 while all is well', async () => {
    for (const path of ['/health', '/ready'])
      assert.deepEqual(await ask(path, {}), { status: 200, type: 'application/json; charset=utf-8', body: '{"status":"ok"}' });
  });

  it('answer 503 with the reason, each for its own probe', async () => {
    const failing: Probe = async () => ({ ok: false, reason: 'no partition moved' });
    assert.deepEqual((await ask('/health', { liveness: failing })).body, '{"status":"failing","reason":"no partition moved"}');
    assert.equal((await ask('/ready', { liveness: failing })).status, 200);
    assert.equal((await ask('/ready', { readiness: failing })).status, 503);
  });

  it('count a probe that throws as failing and hide messages of libraries', async () => {
    const throwing =
      (error: unknown): Probe =>
      () => {
        throw error;
      };
    assert.match(
      (await ask('/ready', { readiness: throwing(new EpeeError('KAFKA_UNREACHABLE', 'no broker', { stage: 'publish' })) })).body,
      /KAFKA_UNREACHABLE: no broker/,
    );
    const other = await ask('/ready', { readiness: throwing(new Error('Planted text')) });
    assert.equal(other.status, 503);
    assert.ok(!other.body.includes('Planted'));
  });

  it('serve metrics as Prometheus text', async () => {
    const { status, type } = await ask('/metrics', {});
    assert.deepEqual([status, type], [200, 'text/plain; version=0.0.4; charset=utf-8']);
  });
});

describe('a member of a group', () => {
  it('is alive until two sessions pass without a heartbeat', () => {
    assert.deepEqual(heartbeatProbe(1000, 500), { ok: true });
    assert.deepEqual(heartbeatProbe(1001.2, 500), { ok: false, reason: 'no heartbeat for 1001 ms' });
  });
});
