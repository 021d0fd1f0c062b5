import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTableBuilder } from '@epee/terminology';
import { loadTables, openTerminology, readManifest, SHIPPED_TABLES, writeTable } from '@epee/terminology-files';

const ABOUT = { system: 'Own', version: '7', source: 'own.tsv', licence: 'own' };

function builderOf(code: string, term: string) {
  const builder = createTableBuilder();
  builder.add({ code, display: term, labels: ['medication'], terms: [term] });
  return builder;
}

describe('the shipped terminologies', () => {
  it('are small, licensed, and code common words', async () => {
    const tables = await loadTables(null);
    const sizes = await Promise.all(tables.map(({ entry, folder }) => stat(join(folder, entry.file))));
    assert.ok(sizes.reduce((sum, { size }) => sum + size, 0) < 6e6);
    assert.ok(tables.reduce((sum, { table }) => sum + table.bytes, 0) < 60e6);
    const notice = await readFile(join(SHIPPED_TABLES, 'NOTICE'), 'utf8');
    for (const { entry } of tables) assert.ok(entry.licence.length > 0 && notice.includes(entry.system), entry.system);
    const { codesOf } = await openTerminology(null);
    const has = (label: string, text: string, wanted: string) =>
      assert.ok(
        codesOf(label, text).some(({ system, code }) => `${system} ${code}` === wanted),
        `${text}: ${JSON.stringify(codesOf(label, text))}`,
      );
    has('medication', 'metoprolol succinate ER 50 mg', 'DrugBank DB00264');
    has('medication', 'ASA', 'UNII R16CO5Y76E');
    has('medication', 'Tylenol', 'MeSH D000082');
    has('medication', 'Percocet', 'MeSH D010098');
    has('problem', 'HTN', 'ICD-10-CM I10');
    has('problem', 'hypertension', 'MeSH D006973');
    has('problem', 'shortness of breath', 'HPO HP:0002094');
    has('test', 'ALT', 'LOINC 1742-6');
    assert.deepEqual(codesOf('procedure', 'appendectomy'), []);
  });
});

describe("a site's terminologies", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'epee-terms-'));
    await writeTable(folder, ABOUT, builderOf('1', 'Ownium'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('are looked up beside the shipped ones', async () => {
    const { codesOf, terminologies } = await openTerminology(folder);
    assert.deepEqual(codesOf('medication', 'ownium'), [{ system: 'Own', code: '1', display: 'Ownium', match: 'exact' }]);
    assert.ok(codesOf('medication', 'aspirin').length > 0);
    const [entry] = await readManifest(folder);
    assert.deepEqual(terminologies[0], { system: 'Own', version: '7', sha256: entry!.sha256 });
  });

  it('replace a shipped one of the same system, and their own earlier version', async () => {
    await writeTable(folder, { ...ABOUT, system: 'LOINC' }, builderOf('L-1', 'Testium'));
    await writeTable(folder, { ...ABOUT, version: '8' }, builderOf('2', 'Ownium'));
    const { codesOf, terminologies } = await openTerminology(folder);
    assert.equal(terminologies.filter(({ system }) => system === 'LOINC').length, 1);
    assert.equal(terminologies.find(({ system }) => system === 'Own')!.version, '8');
    assert.deepEqual(codesOf('test', 'ALT'), []);
  });

  it('are off', async () => {
    const { codesOf, terminologies } = await openTerminology('off');
    assert.deepEqual([codesOf('medication', 'aspirin'), terminologies], [[], []]);
  });

  const refused: readonly (readonly [string, string, (folder: string) => Promise<void>])[] = [
    ['a table that was changed', 'TERMINOLOGY_INVALID', async (at) => writeFile(join(at, (await readManifest(at))[0]!.file), 'x')],
    ['a table that is gone', 'TERMINOLOGY_MISSING', async (at) => rm(join(at, (await readManifest(at))[0]!.file))],
    ['no manifest', 'TERMINOLOGY_MISSING', (at) => rm(join(at, 'manifest.json'))],
    ['a manifest that is no JSON', 'TERMINOLOGY_INVALID', (at) => writeFile(join(at, 'manifest.json'), '{')],
    ['a manifest that leads elsewhere', 'TERMINOLOGY_INVALID', (at) => edit(at, (text) => text.replace('"file": "', '"file": "../'))],
    ['another count of concepts', 'TERMINOLOGY_INVALID', (at) => edit(at, (text) => text.replace('"concepts": 1', '"concepts": 2'))],
  ];
  for (const [what, code, breakIt] of refused)
    it(`are refused with ${what}`, async () => {
      await breakIt(folder);
      await assert.rejects(openTerminology(folder), { code });
    });
});

async function edit(folder: string, change: (text: string) => string): Promise<void> {
  const path = join(folder, 'manifest.json');
  await writeFile(path, change(await readFile(path, 'utf8')));
}
