import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { createMetrics, holdPort, startHealthServer } from '@epee/telemetry';

describe('a held port', () => {
  const host = '127.0.0.1';
  const anyPort = () =>
    new Promise<number>((resolve) => {
      const server = createServer().listen(0, host, () => {
        const { port } = server.address() as { port: number };
        server.close(() => resolve(port));
      });
    });

  it('is refused to a second service until the first lets it go', async () => {
    const port = await anyPort();
    const held = await holdPort({ host, port });
    await assert.rejects(holdPort({ host, port }), {
      code: 'CONFIG_INVALID',
      message: /^Cannot listen on 127\.0\.0\.1:\d+ \(EADDRINUSE\)$/,
    });
    await held.release();
    await held.release();
    await (await holdPort({ host, port })).release();
  });

  it('goes to the server that starts with it', async () => {
    const port = await anyPort();
    const held = await holdPort({ host, port });
    const probe = () => ({ ok: true });
    const server = await startHealthServer({ host, port, held, metrics: createMetrics(), liveness: probe, readiness: probe });
    assert.equal((await fetch(`http://${host}:${port}/ready`)).status, 200);
    await server.stop();
  });

  it('is none where any free port will do', async () => (await holdPort({ host, port: 0 })).release());
});
