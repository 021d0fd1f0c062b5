import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../..');

/** Files that break a rule of imports, each with the rule that the report must name. */
const FORBIDDEN: Record<string, readonly [imports: string, rule: RegExp]> = {
  'shared/pure/exits/library.ts': ['kafkajs', /1-pure/],
  'shared/pure/text/files.ts': ['node:fs', /1-pure/],
  'shared/pure/text/nested/promises.ts': ['node:fs/promises', /1-pure/],
  'shared/pure/stream/adapter.ts': ['@epee/kafka', /1-pure/],
  'shared/pure/records/types.ts': ['type @epee/kafka', /1-pure/],
  'shared/adapters/redis/neighbour.ts': ['@epee/kafka', /2-adapter/],
  'shared/adapters/kafka/engine.ts': ['@epee/engine', /2-adapter/],
  'shared/adapters/imaging/settings.ts': ['@epee/config', /2-adapter/],
  'shared/adapters/redis/kafka.ts': ['kafkajs', /2-one-library/],
  'services/worker/client.ts': ['kafkajs', /2-one-library/],
  'services/cli/redis.ts': ['ioredis', /2-one-library/],
  'shared/runtime/config/client.ts': ['@epee/kafka', /3-runtime-present/],
  'shared/present/terminal/settings.ts': ['@epee/config', /3-runtime-present/],
  'services/worker/neighbour.ts': ['@epee/ingest', /4-services/],
  'services/worker/sideways.ts': ['../ingest/index.ts', /4-services/],
  'services/worker/tool.ts': ['@epee/replay', /4-services/],
  'tools/replay/service.ts': ['@epee/worker', /5-tools/],
  'tools/replay/other.ts': ['@epee/calibration', /5-tools/],
  'services/cli/inside.ts': ['../../tools/replay/deep.ts', /6-cli/],
  'services/cli/service.ts': ['@epee/worker', /6-cli/],
  'shared/pure/errors/round.ts': ['type ./trip.ts', /7-no-cycles/],
  'shared/pure/exits/path.ts': ['../errors/codes.ts', /7-doors/],
  'tools/bench/nowhere.ts': ['@epee/nothing', /not-resolved/],
};

/** Files that look similar and break no rule. */
const ALLOWED: Record<string, string> = {
  'shared/adapters/kafka/client.ts': 'kafkajs',
  'shared/adapters/kafka/again.ts': '@epee/work',
  'shared/adapters/queue/store.ts': '@epee/redis',
  'shared/adapters/queue/peer.ts': 'ioredis',
  'shared/adapters/imaging/pixels.ts': '@epee/engine',
  'shared/runtime/telemetry/files.ts': 'node:fs',
  'shared/pure/text/words.ts': '@epee/errors',
  'services/worker/stream.ts': '@epee/kafka',
  'services/cli/run.ts': '@epee/worker/main',
  'services/cli/replay.ts': '@epee/replay',
  'tools/calibration/scores.ts': '@epee/evaluation',
  'tools/demo/servers.ts': '@epee/stack',
};

/** The modules that the planted files import. */
const WORLD: Record<string, string> = {
  'shared/pure/errors/codes.ts': '',
  'shared/pure/errors/trip.ts': "import type { k } from './round.ts';\nexport type T = typeof k;\n",
  'tools/replay/deep.ts': '',
  'services/worker/main.ts': '',
};
const WORKSPACES = [
  ...['exits', 'text', 'records', 'stream', 'errors'].map((name) => `shared/pure/${name}`),
  ...['kafka', 'redis', 'queue', 'engine', 'imaging'].map((name) => `shared/adapters/${name}`),
  ...['config', 'telemetry', 'work'].map((name) => `shared/runtime/${name}`),
  'shared/present/terminal',
  ...[
    'services/ingest',
    'services/worker',
    'services/cli',
    'tools/replay',
    'tools/calibration',
    'tools/evaluation',
    'tools/bench',
    'tools/demo',
  ],
  'deploy/local',
];
const DOOR = { '.': { types: './index.ts' }, './main': { types: './main.ts' } };

describe('the rules of imports', () => {
  let folder: string;
  let status: number | null;
  const found = new Map<string, string[]>();

  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  const importing = (what: string) =>
    what.startsWith('type ')
      ? `import type * as x from '${what.slice(5)}';\nexport type k = typeof x;\n`
      : `import * as x from '${what}';\nexport const k = x;\n`;

  before(function () {
    this.timeout(60_000);
    folder = mkdtempSync(join(tmpdir(), 'epee-rules-'));
    for (const file of ['.dependency-cruiser.mjs', 'tsconfig.json']) cpSync(join(root, file), join(folder, file));
    for (const path of WORKSPACES) {
      const name = path === 'deploy/local' ? 'stack' : path.split('/').at(-1)!;
      write(`${path}/index.ts`, 'export const door = 1;\n');
      write(`${path}/package.json`, JSON.stringify({ name: `@epee/${name}`, type: 'module', exports: DOOR }));
      mkdirSync(join(folder, 'node_modules/@epee'), { recursive: true });
      symlinkSync(join(folder, path), join(folder, 'node_modules/@epee', name));
    }
    for (const name of ['kafkajs', 'ioredis']) {
      write(`node_modules/${name}/package.json`, JSON.stringify({ name, main: 'index.js' }));
      write(`node_modules/${name}/index.js`, '');
    }
    for (const [path, text] of Object.entries(WORLD)) write(path, text || 'export const k = 1;\n');
    for (const [path, [what]] of Object.entries(FORBIDDEN)) write(path, importing(what));
    for (const [path, what] of Object.entries(ALLOWED)) write(path, importing(what));
    const program = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
    const run = spawnSync(process.execPath, [program, '--config', '.dependency-cruiser.mjs', 'shared', 'services', 'tools', 'deploy'], {
      cwd: folder,
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
    });
    status = run.status;
    for (const [, rule, from] of run.stdout.matchAll(/error (\S+): (\S+)/g)) found.set(from!, [...(found.get(from!) ?? []), rule!]);
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  it('fail the check when a file breaks one', () => assert.notEqual(status, 0));

  for (const [path, [what, rule]] of Object.entries(FORBIDDEN)) {
    it(`refuse ${what} in ${path}`, () => assert.match((found.get(path) ?? []).join(' '), rule));
  }

  for (const [path, what] of Object.entries(ALLOWED)) {
    it(`allow ${what} in ${path}`, () => assert.deepEqual(found.get(path) ?? [], []));
  }

  it('hold in this repository', function () {
    this.timeout(60_000);
    const run = spawnSync(process.execPath, [join(root, 'node_modules/.bin/depcruise'), ...RULES], { cwd: root, encoding: 'utf8' });
    assert.equal(run.status, 0, run.stdout);
  });
});

const RULES = ['--config', '.dependency-cruiser.mjs', 'shared', 'services', 'tools', 'deploy', 'scripts'];

/**
 * Files of shared/pure that use a global instead of an argument, each with the words of the report.
 */
const IMPURE: Record<string, readonly [source: string, words: RegExp]> = {
  'shared/pure/stream/timers.ts': ['export const later = (f: () => void) => setTimeout(f, 1);\n', /global variable setTimeout/],
  'shared/pure/records/clock.ts': ['export const now = () => Date.now();\n', /global variable Date/],
  'shared/pure/errors/environment.ts': ['export const home = () => process.env.HOME;\n', /global variable process/],
  'shared/pure/exits/chance.ts': ['export const chance = () => Math.random();\n', /no Math\.random/],
};
const PURE: Record<string, string> = {
  'shared/pure/exits/maths.ts': 'export const log = Math.log(2);\n',
  'services/ingest/clock.ts': 'export const now = () => Date.now();\n',
};

interface Report {
  readonly diagnostics: readonly { readonly message: unknown; readonly severity: string; readonly location: { readonly path: unknown } }[];
}

describe('lint', () => {
  let folder: string;
  const found = new Map<string, string>();

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'epee-lint-'));
    cpSync(join(root, 'biome.json'), join(folder, 'biome.json'));
    cpSync(join(root, 'scripts/lint'), join(folder, 'scripts/lint'), { recursive: true });
    for (const [path, source] of [...Object.entries(IMPURE).map(([path, [text]]) => [path, text] as const), ...Object.entries(PURE)]) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), source);
    }
    const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
    const run = spawnSync(process.execPath, [biome, 'lint', '--reporter=json', '--max-diagnostics=none', '.'], {
      cwd: folder,
      encoding: 'utf8',
    });
    for (const { location, message, severity } of (JSON.parse(run.stdout) as Report).diagnostics) {
      if (severity !== 'error') continue;
      const path = JSON.stringify(location.path);
      found.set(path, `${found.get(path) ?? ''}${JSON.stringify(message)}`);
    }
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  const reportOn = (path: string) =>
    [...found]
      .filter(([key]) => key.includes(path))
      .map(([, message]) => message)
      .join('\n');

  for (const [path, [, words]] of Object.entries(IMPURE)) {
    it(`refuses ${path}`, () => assert.match(reportOn(path), words));
  }

  for (const path of Object.keys(PURE)) {
    it(`allows ${path}`, () => assert.equal(reportOn(path), ''));
  }
});
