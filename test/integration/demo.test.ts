import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { epee, startEpee } from './cli-support/program.ts';

const FOLDER = resolve(import.meta.dirname, '../../deploy/samples');
const IMAGES = readdirSync(join(FOLDER, 'images'))
  .filter((name) => /\.(png|jpg)$/.test(name))
  .map((name) => `images/${name}`);
const NOTES = readdirSync(FOLDER).filter((name) => name.endsWith('.txt'));
const SAMPLES = [...NOTES.map((name) => name.replace('.txt', '')), ...IMAGES];

describe('epee demo', () => {
  it('takes every sample through Kafka, the model and Redis, says so in its last lines and leaves nothing running', async () => {
    const program = startEpee(['demo']);
    const { exitCode, stdout, stderr } = await program.ended;
    assert.equal(exitCode, 0, stdout + stderr);
    for (const sample of SAMPLES) assert.match(stdout, new RegExp(`^(${sample} |${sample.slice(0, 17)}…)`, 'm'));
    const [speed, saved, same] = stdout.trimEnd().split('\n').slice(-3);
    const count = SAMPLES.length;
    assert.match(speed!, new RegExp(`^${count} documents in .+: [\\d.,]+ documents/s$`));
    assert.match(saved!, /^layers saved [\d.]+ % \([\d.]+x fewer\): [\d,]+ rows, mean exit layer [\d.]+ of 3$/);
    assert.equal(same, `results on topic ${count} = results in Redis ${count} = documents sent ${count}, contents the same`);
    assert.ok(
      stdout.split('\n').every((line) => [...line].length <= 80),
      'fits 80 columns where nobody knows the width',
    );
    assert.ok(!stdout.includes('\u001b'), 'no colour where there is no terminal');
    assert.deepEqual(program.family(), []);
  });

  for (const [when, pattern] of [
    ['while Kafka and Redis start', /Starting Kafka and Redis/],
    ['while the services start', /Starting ingest/],
    ['while results arrive', /^(?!note)[a-z-]+ +\S/m],
  ] as const) {
    it(`leaves nothing running when it is interrupted ${when}`, async () => {
      const program = startEpee(['demo']);
      await program.seen(pattern);
      program.kill('SIGINT');
      // npm passes the signal on a second time.
      program.kill('SIGINT');
      const { exitCode, stderr } = await program.ended;
      assert.equal(exitCode, 130, stderr);
      assert.deepEqual(program.family(), []);
    });
  }

  it('says in one line that the model is missing, before it starts anything', async () => {
    const { exitCode, stdout, stderr } = await epee(['demo'], { env: { EPEE_MODEL_DIR: join(import.meta.dirname, 'no-such-model') } });
    assert.equal(exitCode, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /^epee: There is no model package at .* \(MODEL_MISSING\)\n/);
    assert.doesNotMatch(stderr, /Starting/);
  });
});
