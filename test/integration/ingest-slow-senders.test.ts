import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type Codec, createCodec, fileRegistry } from '@epee/avro';
import { type Ingest, startIngest } from '@epee/ingest';
import { createLogger, createMetrics } from '@epee/telemetry';
import { processSurroundings } from '@epee/work';

const MIB = 1024 * 1024;
const HEAD = 'POST /v1/notes HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000000\r\n\r\n';

describe('ingest with slow senders', function () {
  this.timeout(180_000);
  let codec: Codec;
  let ingest: Ingest;
  const sockets: Socket[] = [];
  before(async () => {
    codec = await createCodec(await fileRegistry());
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await ingest?.stop();
  });

  const start = async (over: object = {}) => {
    const http = { host: '127.0.0.1', port: 0 };
    const limits = { noteMaxBytes: MIB, imageMaxPixels: 1000, maxInFlightBytes: 64 * MIB, maxConnections: 1000, stopTimeoutMs: 1000 };
    ingest = await startIngest(
      { http, ...limits, maxRequestMs: 60_000, minBytesPerSecond: 1024, ...over },
      {
        ...{ publish: async () => {}, publishImages: async () => {}, checkReachable: async () => {}, codec },
        ...{ logger: createLogger({ service: 'ingest', level: 'silent' }), metrics: createMetrics() },
        ...processSurroundings,
      },
    );
  };
  const post = async (text = 'Rash.') => {
    const body = JSON.stringify({ documentId: 'a', text });
    const url = `http://127.0.0.1:${ingest.address.port}/v1/notes`;
    const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    return { status: answer.status, retryAfter: answer.headers.get('retry-after'), body: (await answer.json()) as { code?: string } };
  };
  const open = async (text: string) => {
    const socket = connect(ingest.address.port, '127.0.0.1');
    sockets.push(socket);
    socket.on('error', () => {});
    await once(socket, 'connect');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.write(text);
    return { socket, answer: () => answer };
  };

  it('takes notes of others while hundreds of senders announce a megabyte each and send next to nothing', async () => {
    await start();
    await Promise.all(Array.from({ length: 300 }, () => open(`${HEAD}{`)));
    assert.equal((await post()).status, 202);
    assert.equal((await post('y'.repeat(300_000))).status, 202);
  });

  it('answers a sender that is too slow with 408 and a reason, and closes', async () => {
    await start({ maxRequestMs: 1000 });
    const { socket, answer } = await open(`${HEAD}{`);
    await once(socket, 'close');
    assert.match(answer(), /^HTTP\/1\.1 408 /);
    assert.equal(JSON.parse(answer().split('\r\n\r\n')[1]!).code, 'REQUEST_TOO_SLOW');
    assert.equal((await post()).status, 202);
  });

  it('answers 408 where the head of a request does not come', async () => {
    await start();
    const { socket, answer } = await open('POST /v1/notes HTTP/1.1\r\nhost: x\r\n');
    await once(socket, 'close');
    assert.match(answer(), /^HTTP\/1\.1 408 [\s\S]*"code":"REQUEST_TOO_SLOW"/);
  });

  it('lets one address take its share and no more: 429 with Retry-After', async () => {
    await start({ clientMaxPercent: 50, maxConnections: 20 });
    await Promise.all(Array.from({ length: 10 }, () => open(`${HEAD}{`)));
    const { status, retryAfter, body } = await post();
    assert.deepEqual([status, body.code], [429, 'INGEST_CLIENT_OVERLOADED']);
    assert.ok(Number(retryAfter) > 0);
    sockets.pop()!.destroy();
    while ((await post()).status !== 202);
  });
});
