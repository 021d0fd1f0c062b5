import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findFreePorts } from '../../deploy/local/index.ts';
import { eventually } from '../integration/worker-support/scene.ts';
import { noteOf } from '../support/records.ts';
import type { Cluster } from './support/cluster.ts';
import { startService } from './support/processes.ts';
import { sharedCluster } from './support/shared-cluster.ts';
import { openWorld, type World } from './support/world.ts';

const repository = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const TINY_MODEL = repository('test/fixtures/tiny-model');

describe('faults around the services', () => {
  let cluster: Cluster;
  let world: World;
  let scratch: string;
  before(async function () {
    this.timeout(240_000);
    cluster = await sharedCluster();
    scratch = mkdtempSync(join(tmpdir(), 'epee-model-'));
  });
  after(() => rmSync(scratch, { recursive: true, force: true }));
  afterEach(() => world?.close());

  it('a corrupt, truncated or swapped model file: the worker refuses to start, the one with the good model goes on', async () => {
    world = await openWorld(cluster);
    const good = world.modelWorker(TINY_MODEL);
    const damages: Record<string, (folder: string) => void> = {
      corrupt(folder) {
        const bytes = readFileSync(join(folder, 'weights.bin'));
        bytes[100] = bytes[100]! ^ 0xff;
        writeFileSync(join(folder, 'weights.bin'), bytes);
      },
      truncated: (folder) => truncateSync(join(folder, 'weights.bin'), 1000),
      swapped: (folder) => cpSync(join(folder, 'exit.int8.onnx'), join(folder, 'exit.fp32.onnx')),
      missing: (folder) => rmSync(join(folder, 'tokenizer.json')),
    };
    for (const [name, damage] of Object.entries(damages)) {
      const folder = join(scratch, name);
      mkdirSync(folder);
      cpSync(TINY_MODEL, folder, { recursive: true });
      damage(folder);
      const bad = world.modelWorker(folder);
      assert.equal((await bad.ended).code, 1, name);
      assert.match(bad.log(), /MODEL_(DIGEST_MISMATCH|MISSING)/, name);
    }
    await world.send(20);
    await world.assertExactlyOnce();
    assert.ok(good.running(), good.log());
  });

  it('@short the schema registry is down: records with an unknown schema wait, none goes to the dead letters', async () => {
    world = await openWorld(cluster, { partitions: 1 });
    const registry = await openRegistry();
    const worker = world.worker({ registry: { url: registry.url, account: null } });
    await world.send(20);
    await eventually('first results', () => world.results() >= 20 || undefined);
    registry.goDown();
    // The same schema under an id that the worker has not seen.
    const value = world.codec.encodeNote({ ...NOTE, documentId: `${world.notes.prefix}-other` });
    value.writeInt32BE(OTHER_ID, 1);
    await world.sendRecords([{ key: 'other', value }]);
    await world.send(20);
    await eventually('it waits', () => worker.log().includes('SCHEMA_REGISTRY_UNREACHABLE') || undefined);
    assert.equal(world.results(), 20);
    assert.deepEqual(world.letters(), []);
    registry.comeUp();
    await eventually('all results', () => world.results() >= 41 || undefined);
    assert.deepEqual(world.letters(), []);
    assert.ok(worker.running(), worker.log());
    await registry.close();
  });

  it('oversized input is refused with 413 before it is taken in, and ingest goes on', async () => {
    world = await openWorld(cluster);
    const { topics, noteMaxBytes } = world.options;
    const [port] = await findFreePorts([0]);
    const ingest = startService({
      name: `${world.notes.prefix}-ingest`,
      program: 'services/ingest/main.js',
      logs: world.logs,
      env: {
        EPEE_KAFKA_BROKERS: cluster.kafka.bootstrap,
        EPEE_NOTES_TOPIC: topics.notes,
        EPEE_RESULTS_TOPIC: topics.results,
        EPEE_DEAD_LETTERS_TOPIC: topics.deadLetters,
        EPEE_NOTE_MAX_BYTES: String(noteMaxBytes),
        EPEE_INGEST_PORT: String(port),
      },
    });
    try {
      const post = (text: string, at: number) =>
        fetch(`http://127.0.0.1:${port}/v1/notes`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ documentId: `${world.notes.prefix}-${at}`, version: 1, text }),
        });
      await eventually('it is ready', () =>
        fetch(`http://127.0.0.1:${port}/ready`).then(
          ({ ok }) => ok || undefined,
          () => undefined,
        ),
      );
      assert.equal((await post('x'.repeat(noteMaxBytes + 1), 0)).status, 413);
      for (let at = 1; at <= 5; at++) assert.equal((await post('No known allergies.', at)).status, 202);
      world.worker();
      await world.assertExactlyOnce();
      assert.equal(world.results(), 5);
    } finally {
      await ingest.kill();
    }
  });
});

const OTHER_ID = 77;
const NOTE = noteOf({ text: 'No known allergies.' });

/** A schema registry that knows the notes' schema under two ids, and can be down. */
async function openRegistry() {
  const note = readFileSync(repository('schemas/clinical-note.avsc'), 'utf8');
  const result = readFileSync(repository('schemas/extraction-result.avsc'), 'utf8');
  const ids = JSON.parse(readFileSync(repository('schemas/ids.json'), 'utf8')) as Record<string, unknown>;
  const idOf = (file: string) => Object.entries(ids).findLast(([, name]) => String(name).includes(file))?.[0];
  const noteId = Number(idOf('clinical-note') ?? 1);
  const resultId = Number(idOf('extraction-result') ?? 2);
  let isDown = false;
  const server: Server = createServer((request, response) => {
    request.resume();
    if (isDown) return void response.writeHead(503).end('down');
    const answer = (body: object, status = 200) => void response.writeHead(status).end(JSON.stringify(body));
    if (request.url === `/schemas/ids/${resultId}`) return answer({ schema: result });
    if (request.url?.startsWith('/schemas/ids/')) return answer({ schema: note });
    return answer({ id: request.url?.includes('results') ? resultId : noteId });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    url: `http://127.0.0.1:${port}`,
    goDown: () => (isDown = true),
    comeUp: () => (isDown = false),
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
