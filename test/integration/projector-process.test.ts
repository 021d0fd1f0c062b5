import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { findFreePorts } from '../../deploy/local/index.ts';
import { eventually } from './worker-support/scene.ts';

const MAIN = fileURLToPath(new URL('../../services/projector/main.js', import.meta.url));
const kafka = process.env.EPEE_TEST_KAFKA_BROKERS ?? '127.0.0.1:9092';
const redis = process.env.EPEE_TEST_REDIS_URL ?? 'redis://127.0.0.1:6379';

describe('the projector as a process', () => {
  const run = (over: Record<string, string>) => {
    const id = randomUUID().slice(0, 8);
    const env = {
      PATH: process.env.PATH ?? '',
      EPEE_KAFKA_BROKERS: kafka,
      EPEE_REDIS_URL: redis,
      EPEE_KAFKA_GROUP: `test-${id}`,
      EPEE_NOTES_TOPIC: `notes-${id}`,
      EPEE_RESULTS_TOPIC: `results-${id}`,
      EPEE_DEAD_LETTERS_TOPIC: `dead-letters-${id}`,
      EPEE_PROJECTOR_PORT: '0',
      ...over,
    };
    const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    let log = '';
    child.stderr.on('data', (chunk) => {
      log += chunk;
    });
    const ended = new Promise<{ code: number | null; log: string }>((resolve) => child.on('close', (code) => resolve({ code, log })));
    return { child, ended, log: () => log };
  };

  it('exits with 0 after SIGTERM', async () => {
    const projector = run({});
    await eventually('it has joined its group', () => (projector.log().includes('Joined the group') ? true : undefined));
    projector.child.kill('SIGTERM');
    assert.equal((await projector.ended).code, 0);
  });

  it('names a Redis that is not there and exits with 1', async () => {
    const [port] = await findFreePorts([0]);
    const { code, log } = await run({ EPEE_REDIS_URL: `redis://127.0.0.1:${port}` }).ended;
    assert.equal(code, 1);
    assert.match(log, new RegExp(`"code":"REDIS_UNREACHABLE".*Redis at 127\\.0\\.0\\.1:${port} cannot be reached`));
  });

  it('names a broker that is not there and exits with 1', async () => {
    const [port] = await findFreePorts([0]);
    const { code, log } = await run({ EPEE_KAFKA_BROKERS: `127.0.0.1:${port}` }).ended;
    assert.equal(code, 1);
    assert.match(log, new RegExp(`"code":"KAFKA_UNREACHABLE".*127\\.0\\.0\\.1:${port}`));
  });

  it('refuses an option that it does not know and exits with 1', async () => {
    const { code, log } = await run({ EPEE_REDIS_URI: redis }).ended;
    assert.equal(code, 1);
    assert.match(log, /"code":"CONFIG_INVALID".*EPEE_REDIS_URI is not an option; did you mean EPEE_REDIS_URL/);
  });
});
