import assert from 'node:assert/strict';
import {
  cliConfig,
  type Environment,
  ingestConfig,
  jobsConfig,
  loadConfig,
  projectorConfig,
  SERVICE_NAMES,
  workerConfig,
} from '@epee/config';
import { EpeeError } from '@epee/errors';
import fc from 'fast-check';
import { OPTIONS, type OptionName } from '../../../../shared/runtime/config/options.ts';

function problemsOf(load: () => unknown): readonly string[] {
  try {
    load();
  } catch (error) {
    assert.ok(error instanceof EpeeError);
    assert.equal(error.code, 'CONFIG_INVALID');
    for (const problem of error.details.problems as string[]) assert.ok(error.message.includes(problem), 'the message lists every problem');
    return error.details.problems as string[];
  }
  return [];
}

const noFiles = {
  readFile: (path: string): string => {
    throw Object.assign(new Error(`planted ${path}`), { code: 'ENOENT' });
  },
};

describe('loadConfig', () => {
  it('accepts an empty environment: every default is valid for every service', () => {
    for (const service of SERVICE_NAMES)
      assert.deepEqual(
        problemsOf(() => loadConfig({}, service)),
        [],
      );
  });

  it('reports all problems at once, each with the option, the limits and the value', () => {
    const env = {
      EPEE_BATCH_TOKENS: '1',
      EPEE_ENGINE_PROVIDER: 'tpu',
      EPEE_KAFKA_TLS: 'yes',
      EPEE_KAFKA_BROKERS: 'nowhere',
      EPEE_LOG_LEVEL: '',
    };
    const problems = problemsOf(() => loadConfig(env, 'worker'));
    assert.deepEqual(problems, [
      'EPEE_KAFKA_BROKERS must be host:port, separated by commas, but is "nowhere"',
      'EPEE_KAFKA_TLS must be true or false, but is "yes"',
      'EPEE_ENGINE_PROVIDER must be one of cpu, cuda, but is "tpu"',
      'EPEE_BATCH_TOKENS must be "auto" or a whole number from 128 to 1000000, but is "1"',
      'EPEE_LOG_LEVEL must be one of fatal, error, warn, info, debug, silent, but is empty',
    ]);
  });

  it('refuses unknown names and says what was probably meant', () => {
    const problems = problemsOf(() => loadConfig({ EPEE_KAFKA_BROKER: 'a:1', EPEE_SOMETHING_ELSE_ENTIRELY: 'x', OTHER: 'y' }, 'ingest'));
    assert.deepEqual(problems, [
      'EPEE_KAFKA_BROKER is not an option; did you mean EPEE_KAFKA_BROKERS?',
      'EPEE_SOMETHING_ELSE_ENTIRELY is not an option',
    ]);
  });

  it('leaves the names of the tests alone', () => {
    assert.deepEqual(
      problemsOf(() => loadConfig({ EPEE_TEST_KAFKA_BROKERS: 'x' }, 'ingest')),
      [],
    );
  });

  it('reads only the options of its service', () => {
    const env = { EPEE_REDIS_URL: 'nonsense', EPEE_REDIS_PASSWORD_FILE: '/does/not/exist' };
    assert.deepEqual(
      problemsOf(() => loadConfig(env, 'ingest', noFiles)),
      [],
    );
    assert.equal(problemsOf(() => loadConfig(env, 'projector', noFiles)).length, 1 + 1);
  });

  it('refuses numbers that are not plain whole numbers', () => {
    for (const value of ['1e3', '0x80', ' 200', '200.5', '-200', 'NaN', '9'.repeat(20)]) {
      assert.equal(problemsOf(() => loadConfig({ EPEE_BATCH_TOKENS: value }, 'worker')).length, 1, value);
    }
  });

  it('never throws anything but CONFIG_INVALID, whatever the environment holds', () => {
    const names = fc.constantFrom(...(Object.keys(OPTIONS) as OptionName[]));
    fc.assert(
      fc.property(fc.dictionary(names, fc.string()), fc.constantFrom(...SERVICE_NAMES), (env, service) => {
        problemsOf(() => loadConfig(env, service, noFiles));
      }),
      { numRuns: 300 },
    );
  });

  it('never quotes a URL that it refuses, since a password may be in it', () => {
    const secret = 'hunter2';
    for (const url of [`redis://user:${secret}@host:6379`, `http://${secret}`, secret]) {
      const problems = problemsOf(() => loadConfig({ EPEE_REDIS_URL: url }, 'projector'));
      assert.equal(problems.length, 1);
      assert.ok(!problems[0]!.includes(secret));
    }
  });

  it('cuts long values in messages', () => {
    const [problem] = problemsOf(() => loadConfig({ EPEE_LOG_LEVEL: 'x'.repeat(10_000) }, 'ingest'));
    assert.ok(problem!.length < 250);
  });
});

describe('secrets', () => {
  const sasl = {
    EPEE_KAFKA_SASL_MECHANISM: 'scram-sha-512',
    EPEE_KAFKA_SASL_USERNAME: 'u',
    EPEE_KAFKA_SASL_PASSWORD_FILE: '/run/secrets/kafka',
  };

  it('come from files, without the line end', () => {
    const config = ingestConfig(sasl, { readFile: (path) => (path === '/run/secrets/kafka' ? 'pass word\r\n' : '') });
    assert.deepEqual(config.kafka.sasl, { mechanism: 'scram-sha-512', username: 'u', password: 'pass word' });
  });

  it('that cannot be read or are empty are reported with the path and the reason', () => {
    assert.deepEqual(
      problemsOf(() => ingestConfig(sasl, noFiles)),
      ['EPEE_KAFKA_SASL_PASSWORD_FILE names /run/secrets/kafka, which cannot be read (ENOENT)'],
    );
    assert.deepEqual(
      problemsOf(() => ingestConfig(sasl, { readFile: () => '\n' })),
      ['EPEE_KAFKA_SASL_PASSWORD_FILE names /run/secrets/kafka, which is empty'],
    );
  });
});

describe('rules over several options', () => {
  const read = { readFile: () => 'secret' };
  const cases: [string, Environment, RegExp][] = [
    [
      'a mechanism needs its account',
      { EPEE_KAFKA_SASL_MECHANISM: 'plain' },
      /needs EPEE_KAFKA_SASL_USERNAME and EPEE_KAFKA_SASL_PASSWORD_FILE/,
    ],
    ['an account needs a mechanism', { EPEE_KAFKA_SASL_USERNAME: 'u' }, /need EPEE_KAFKA_SASL_MECHANISM/],
    [
      'plain passwords do not travel in the clear',
      {
        EPEE_KAFKA_SASL_MECHANISM: 'plain',
        EPEE_KAFKA_SASL_USERNAME: 'u',
        EPEE_KAFKA_SASL_PASSWORD_FILE: '/f',
        EPEE_KAFKA_BROKERS: '127.0.0.1:9092,kafka:9092',
      },
      /EPEE_KAFKA_SASL_MECHANISM=plain with EPEE_KAFKA_TLS=false/,
    ],
    ['an authority needs TLS', { EPEE_KAFKA_TLS_CA_FILE: '/f' }, /EPEE_KAFKA_TLS=false/],
    [
      'topics differ',
      { EPEE_RESULTS_TOPIC: 'epee.notes.v1' },
      /EPEE_NOTES_TOPIC and EPEE_RESULTS_TOPIC must differ, but both are epee\.notes\.v1/,
    ],
    [
      'the queue holds a batch',
      { EPEE_BATCH_TOKENS: '5000', EPEE_ENGINE_MAX_QUEUED_TOKENS: '4000' },
      /EPEE_BATCH_TOKENS=5000 is more than EPEE_ENGINE_MAX_QUEUED_TOKENS=4000/,
    ],
    [
      'a registry account needs both parts',
      { EPEE_SCHEMA_REGISTRY_URL: 'http://r', EPEE_SCHEMA_REGISTRY_USERNAME: 'u' },
      /must both be set/,
    ],
    [
      'a registry account needs a registry',
      { EPEE_SCHEMA_REGISTRY_USERNAME: 'u', EPEE_SCHEMA_REGISTRY_PASSWORD_FILE: '/f' },
      /needs EPEE_SCHEMA_REGISTRY_URL/,
    ],
  ];
  for (const [title, env, expected] of cases) {
    it(title, () => {
      const problems = problemsOf(() => loadConfig(env, 'worker', read));
      assert.equal(problems.length, 1);
      assert.match(problems[0]!, expected);
    });
  }

  it('a note fits into the limit of ingest', () => {
    const problems = problemsOf(() => loadConfig({ EPEE_INGEST_MAX_IN_FLIGHT_BYTES: '2048' }, 'ingest'));
    assert.match(problems[0]!, /EPEE_NOTE_MAX_BYTES=1048576 is more than EPEE_INGEST_MAX_IN_FLIGHT_BYTES=2048/);
  });

  it('every pair of topics differs', () => {
    const problems = problemsOf(() => loadConfig({ EPEE_REPLAYS_TOPIC: 'epee.results.v1' }, 'cli'));
    assert.match(problems[0]!, /EPEE_RESULTS_TOPIC and EPEE_REPLAYS_TOPIC must differ, but both are epee\.results\.v1/);
  });

  it('an authority of Redis needs TLS', () => {
    const env = { EPEE_REDIS_TLS_CA_FILE: '/f', EPEE_REDIS_URL: 'redis://r' };
    assert.match(problemsOf(() => loadConfig(env, 'jobs', read))[0]!, /EPEE_REDIS_URL does not begin with rediss:/);
    assert.equal(jobsConfig({ ...env, EPEE_REDIS_URL: 'rediss://r' }, read).redis.ca, 'secret');
  });

  it('plain passwords may go to this machine', () => {
    const env = {
      EPEE_KAFKA_SASL_MECHANISM: 'plain',
      EPEE_KAFKA_SASL_USERNAME: 'u',
      EPEE_KAFKA_SASL_PASSWORD_FILE: '/f',
      EPEE_KAFKA_BROKERS: 'localhost:1,[::1]:2',
    };
    assert.deepEqual(
      problemsOf(() => loadConfig(env, 'worker', read)),
      [],
    );
  });
});

describe('configurations of the services', () => {
  it('are frozen at every depth', () => {
    const config = workerConfig({});
    assert.throws(() => Object.assign(config.engine, { threads: 99 }), TypeError);
    assert.throws(() => (config.kafka.brokers as string[]).push('x'), TypeError);
  });

  it('give each consumer a group of its own under one prefix', () => {
    const env = { EPEE_KAFKA_GROUP: 'ward-7' };
    assert.equal(workerConfig(env).consumer.group, 'ward-7.worker');
    assert.equal(projectorConfig(env).consumer.group, 'ward-7.projector');
    assert.equal(cliConfig(env).group, 'ward-7');
  });

  it('listen on this machine only by default', () => {
    for (const config of [ingestConfig({}), workerConfig({}), projectorConfig({}), jobsConfig({})])
      assert.equal(config.http.host, '127.0.0.1');
  });

  it('find the default model in the repository, and others relative to the working directory', () => {
    const root = new URL('../../../../', import.meta.url).pathname;
    assert.equal(workerConfig({}).engine.modelDir, `${root}deploy/models/clinical-notes`);
    assert.equal(workerConfig({ EPEE_MODEL_DIR: 'my/model' }).engine.modelDir, `${process.cwd()}/my/model`);
    assert.equal(workerConfig({ EPEE_MODEL_DIR: '/srv/model' }).engine.modelDir, '/srv/model');
  });

  it('give the engine a thread for each core, and one on a GPU', () => {
    assert.equal(workerConfig({}, { cores: () => 7 }).engine.threads, 7);
    assert.equal(workerConfig({ EPEE_ENGINE_PROVIDER: 'cuda' }, { cores: () => 7 }).engine.threads, 1);
    assert.equal(workerConfig({ EPEE_ENGINE_THREADS: '3' }, { cores: () => 7 }).engine.threads, 3);
  });

  it('read several brokers', () => {
    assert.deepEqual(ingestConfig({ EPEE_KAFKA_BROKERS: 'a:1, b.c:65535' }).kafka.brokers, ['a:1', 'b.c:65535']);
  });

  it('gives the jobs service absolute folders, and refuses an empty one', () => {
    assert.deepEqual(jobsConfig({ EPEE_JOBS_FOLDERS: '/data:notes' }).folders, ['/data', `${process.cwd()}/notes`]);
    assert.match(problemsOf(() => jobsConfig({ EPEE_JOBS_FOLDERS: '/data:' }))[0]!, /^EPEE_JOBS_FOLDERS must be paths of folders/);
  });
});

describe('EPEE_TOPIC_POLICIES', () => {
  it('gives topics their policies', () => {
    const { topicPolicies } = workerConfig({ EPEE_TOPIC_POLICIES: 'epee.notes.v1=fast, backlog.v1=careful' });
    assert.deepEqual(topicPolicies, { 'epee.notes.v1': 'fast', 'backlog.v1': 'careful' });
    assert.deepEqual(workerConfig({}).topicPolicies, {});
  });

  it('refuses pairs that are none, names that are none, and a topic twice', () => {
    for (const text of ['a', 'a=', '=fast', 'a=Fast', 'a b=fast', 'a=fast=full', 'a=fast,', 'a=fast,a=full', '..=fast']) {
      assert.match(
        problemsOf(() => workerConfig({ EPEE_TOPIC_POLICIES: text }))[0] ?? '',
        /^EPEE_TOPIC_POLICIES must be empty or topic=policy/,
        text,
      );
    }
  });
});
