import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { eventually, openScene, type Scene } from './worker-support/scene.ts';

const path = (relative: string) => fileURLToPath(new URL(`../../${relative}`, import.meta.url));
const TINY_MODEL = path('test/fixtures/tiny-model');

/** The worker as it is started in production, with a model that is too small to find anything sensible. */
function startProcess(env: Readonly<Record<string, string>>) {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('EPEE_')));
  const child = spawn(process.execPath, [path('services/worker/main.js')], {
    env: { ...inherited, EPEE_WORKER_PORT: '0', EPEE_MODEL_DIR: TINY_MODEL, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const log: string[] = [];
  child.stderr.on('data', (chunk) => log.push(String(chunk)));
  const ended = once(child, 'exit').then(([code, signal]) => ({ code, signal }));
  return { child, ended, log: () => log.join('') };
}

const envOf = ({ options: { topics, consumer } }: Scene) => ({
  EPEE_KAFKA_BROKERS: process.env.EPEE_TEST_KAFKA_BROKERS!,
  EPEE_KAFKA_GROUP: consumer.group.replace(/\.worker$/, ''),
  EPEE_NOTES_TOPIC: topics.notes,
  EPEE_RESULTS_TOPIC: topics.results,
  EPEE_DEAD_LETTERS_TOPIC: topics.deadLetters,
});

describe('worker process', () => {
  it('reads the sample notes with a model package, and exits 0 on SIGTERM', async () => {
    const scene = await openScene();
    const worker = startProcess(envOf(scene));
    try {
      const names = readdirSync(path('deploy/samples')).filter((name) => name.endsWith('.txt'));
      await scene.publish(
        names.map((name) => {
          const text = readFileSync(path(`deploy/samples/${name}`), 'utf8');
          return { key: name, value: scene.codec.encodeNote({ ...scene.note(1), documentId: name, text }) };
        }),
      );
      const watcher = await scene.watch();
      await Promise.race([
        eventually('a record for each note', () => (watcher.records.length >= names.length ? true : undefined)),
        worker.ended.then((end) => assert.fail(`the worker ended: ${JSON.stringify(end)}\n${worker.log()}`)),
      ]);
      assert.deepEqual(
        watcher.of(scene.options.topics.deadLetters).map(({ headers }) => String(headers['epee-code'])),
        [],
      );
      for (const { key, value } of watcher.of(scene.options.topics.results)) {
        const result = await scene.codec.decodeResult(value);
        const text = [...readFileSync(path(`deploy/samples/${key}`), 'utf8')];
        for (const item of [...result.sections, ...result.entities]) assert.equal(item.text, text.slice(item.start, item.end).join(''));
        assert.ok(result.sections.length > 0 && result.compute.rows > 0);
        assert.equal(result.models[0]?.name, 'tiny');
      }
      worker.child.kill('SIGTERM');
      assert.deepEqual(await worker.ended, { code: 0, signal: null }, worker.log());
    } finally {
      worker.child.kill('SIGKILL');
      await worker.ended;
      await scene.close();
    }
  });

  for (const [what, env, code, said] of [
    ['no broker answers', { EPEE_KAFKA_BROKERS: '127.0.0.1:1' }, 'KAFKA_UNREACHABLE', '127.0.0.1:1'],
    ['an option is unknown', { EPEE_POLICI: 'fast' }, 'CONFIG_INVALID', 'EPEE_POLICY'],
    ['the model package is missing', { EPEE_MODEL_DIR: '/nowhere' }, 'MODEL_MISSING', '/nowhere'],
    ['the model package lacks the policy', { EPEE_POLICY: 'reckless' }, 'POLICY_UNKNOWN', 'reckless'],
  ] as const) {
    it(`says so and exits non-zero when ${what}`, async () => {
      const worker = startProcess({ EPEE_KAFKA_BROKERS: process.env.EPEE_TEST_KAFKA_BROKERS!, ...env });
      const { code: exitCode } = await worker.ended;
      assert.equal(exitCode, 1, worker.log());
      const last = JSON.parse(worker.log().trim().split('\n').at(-1)!);
      assert.equal(last.error.code, code);
      assert.ok(last.error.message.includes(said), last.error.message);
    });
  }
});
