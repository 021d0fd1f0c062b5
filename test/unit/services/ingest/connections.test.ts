import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, type Socket } from 'node:net';
import { fastify } from 'fastify';
import { sendProblem } from '../../../../services/ingest/http/answers.ts';
import { limitConnections } from '../../../../services/ingest/http/connections.ts';

describe('the limit of connections', () => {
  const sockets: Socket[] = [];
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
  });

  async function start(max: number) {
    const app = fastify({ logger: false });
    app.setErrorHandler(async (error, _request, reply) => sendProblem(reply, error));
    app.post('/v1/notes', async () => 'taken');
    app.get('/health', async () => 'well');
    limitConnections(app, max);
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as AddressInfo;
    const open = async () => {
      const socket = connect(port, '127.0.0.1');
      sockets.push(socket);
      await once(socket, 'connect');
      return socket;
    };
    const ask = async (socket: Socket, line: string) => {
      socket.write(`${line} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n`);
      let answer = '';
      while (!/\r\n\r\n/.test(answer)) answer += String((await once(socket, 'data'))[0]);
      return answer;
    };
    return { app, open, ask };
  }

  it('answers 503 with Retry-After beyond it and closes, still answers health, and accepts notes again later', async () => {
    const { app, open, ask } = await start(2);
    try {
      const [first, second, third] = [await open(), await open(), await open()];
      for (const socket of [first, second]) assert.match(await ask(socket, 'POST /v1/notes'), /^HTTP\/1\.1 200/);
      assert.match(await ask(third, 'GET /health'), /^HTTP\/1\.1 200/);
      const refused = await ask(third, 'POST /v1/notes');
      assert.match(refused, /^HTTP\/1\.1 503/);
      assert.match(refused, /retry-after: \d+\r\n/i);
      await once(third, 'close');
      first.destroy();
      for (;;) {
        const again = await open();
        const answer = await ask(again, 'POST /v1/notes');
        again.destroy();
        if (answer.startsWith('HTTP/1.1 200')) break;
      }
    } finally {
      for (const socket of sockets) socket.destroy();
      await app.close();
    }
  });

  it('drops connections beyond twice as many', async () => {
    const { app, open } = await start(1);
    try {
      await open();
      await open();
      const dropped = once(app.server, 'drop');
      await open();
      await dropped;
    } finally {
      for (const socket of sockets) socket.destroy();
      await app.close();
    }
  });
});
