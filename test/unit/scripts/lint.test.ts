import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../..');

/** Files that break a rule, each with the words that must stand in its report. */
const PLANTED: Record<string, readonly [source: string, words: RegExp]> = {
  'shared/exits/client.ts': ["import kj from 'kafkajs';\nexport const k = kj;\n", /no clients/],
  'shared/text/files.ts': ["import { readFileSync } from 'node:fs';\nexport const r = readFileSync;\n", /no clients, files/],
  'shared/text/nested/promises.ts': ["import { readFile } from 'node:fs/promises';\nexport const r = readFile;\n", /no clients, files/],
  'shared/text/engine.ts': ["import { createEngine } from '@epee/engine';\nexport const e = createEngine;\n", /types of @epee\/engine/],
  'shared/stream/adapter.ts': ["import { x } from '@epee/kafka';\nexport const k = x;\n", /no clients/],
  'shared/stream/timers.ts': ['export const later = (f: () => void) => setTimeout(f, 1);\n', /global variable setTimeout/],
  'shared/records/clock.ts': ['export const now = () => Date.now();\n', /global variable Date/],
  'shared/errors/environment.ts': ['export const home = () => process.env.HOME;\n', /global variable process/],
  'shared/exits/chance.ts': ['export const chance = () => Math.random();\n', /no Math\.random/],
  'shared/redis/kafka.ts': ["import kj from 'kafkajs';\nexport const k = kj;\n", /Only shared\/kafka talks to kafkajs/],
  'shared/telemetry/service.ts': ["import { x } from '@epee/worker';\nexport const k = x;\n", /never imports a service/],
  'services/worker/onnx.ts': [
    "import * as ort from 'onnxruntime-node';\nexport const o = ort;\n",
    /Only shared\/engine talks to onnxruntime-node/,
  ],
  'services/worker/neighbour.ts': ["import { x } from '@epee/ingest';\nexport const k = x;\n", /Services never import each other/],
  'services/worker/sideways.ts': ["import { x } from '../ingest/x.ts';\nexport const k = x;\n", /Services never import each other/],
  'services/ingest/pictures.ts': ["import sharp from 'sharp';\nexport const s = sharp;\n", /Only shared\/imaging talks to sharp/],
  'shared/imaging/kafka.ts': ["import kj from 'kafkajs';\nexport const k = kj;\n", /Only shared\/kafka talks to kafkajs/],
  'services/cli/redis.ts': ["import { Redis } from 'ioredis';\nexport const r = Redis;\n", /Only shared\/redis talks to ioredis/],
};

/** Files that look alike and break none. */
const ALLOWED: Record<string, string> = {
  'shared/kafka/client.ts': "import kj from 'kafkajs';\nexport const k = kj;\n",
  'shared/imaging/client.ts': "import sharp from 'sharp';\nexport const s = sharp;\n",
  'shared/text/types.ts': "import type { Row } from '@epee/engine';\nexport type R = Row;\n",
  'shared/exits/maths.ts': 'export const log = Math.log(2);\n',
  'services/cli/all.ts': "import { x } from '@epee/worker';\nexport const k = x;\n",
  'services/ingest/clock.ts': 'export const now = () => Date.now();\n',
};

interface Report {
  readonly diagnostics: readonly { readonly message: unknown; readonly severity: string; readonly location: { readonly path: unknown } }[];
}

describe('lint rules', () => {
  let folder: string;
  let status: number | null;
  const found = new Map<string, string>();

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'epee-lint-'));
    cpSync(join(root, 'biome.json'), join(folder, 'biome.json'));
    cpSync(join(root, 'scripts/lint'), join(folder, 'scripts/lint'), { recursive: true });
    const files = [...Object.entries(PLANTED).map(([path, [source]]) => [path, source] as const), ...Object.entries(ALLOWED)];
    for (const [path, source] of files) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), source);
    }
    const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
    const run = spawnSync(process.execPath, [biome, 'lint', '--reporter=json', '--max-diagnostics=none', '.'], {
      cwd: folder,
      encoding: 'utf8',
    });
    status = run.status;
    const report = JSON.parse(run.stdout) as Report;
    for (const { location, message, severity } of report.diagnostics) {
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

  it('fail the check when a file breaks one', () => assert.notEqual(status, 0));

  for (const [path, [, words]] of Object.entries(PLANTED)) {
    it(`refuse ${path}`, () => assert.match(reportOn(path), words));
  }

  for (const path of Object.keys(ALLOWED)) {
    it(`allow ${path}`, () => assert.equal(reportOn(path), ''));
  }

  it('hold in this repository', () => {
    const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
    assert.doesNotThrow(() =>
      execFileSync(process.execPath, [biome, 'lint', '--diagnostic-level=error', 'shared', 'services'], { cwd: root, stdio: 'pipe' }),
    );
  });
});
