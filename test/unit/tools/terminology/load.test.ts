import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { unseenProgress } from '@epee/terminal';
import { findCodes, findText, type LoadRequest, listTerminologies, listText, loadTerminology } from '@epee/terminology-tool';

const WATCH = { startProgress: unseenProgress, signal: new AbortController().signal };
const rrf = (code: string, source: string, kind: string, name: string, suppressed = 'N') =>
  `${code}|ENG||||||1||||${source}|${kind}|${code}|${name}||${suppressed}||\n`;
const RRF =
  rrf('6918', 'RXNORM', 'TMSY', 'lopressor') +
  rrf('6918', 'RXNORM', 'IN', 'metoprolol') +
  rrf('1', 'OTHER', 'IN', 'elsewhere') +
  rrf('2', 'RXNORM', 'IN', 'gone', 'O');
const SNOMED = [
  'id\teffectiveTime\tactive\tmoduleId\tconceptId\tlanguageCode\ttypeId\tterm\tcaseSignificanceId',
  '1\t2026\t1\tm\t80146002\ten\t900000000000013009\tAppendectomy\tc',
  '2\t2026\t1\tm\t80146002\ten\t900000000000003001\tExcision of appendix (procedure)\tc',
  '3\t2026\t0\tm\t80146002\ten\t900000000000013009\tOld name\tc',
  '4\t2026\t1\tm\t22298006\ten\t900000000000003001\tMyocardial infarction (disorder)\tc',
  '',
].join('\n');
const LOINC =
  '"LOINC_NUM","COMPONENT","STATUS","SHORTNAME","LONG_COMMON_NAME"\n"1-8","A, b","ACTIVE","Own test SerPl","Own ""test"" in Serum"\n"2-6","B","DEPRECATED","Old","Old test"\n';
const FHIR = JSON.stringify({
  resourceType: 'CodeSystem',
  concept: [{ code: 'A', display: 'Alpha', concept: [{ code: 'B', display: 'Beta', designation: [{ value: 'Bee' }] }] }],
});

describe("loading a site's terminology", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'epee-load-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  async function load(name: string, content: string | Buffer, more: Partial<LoadRequest> = {}) {
    const file = join(folder, name);
    await writeFile(file, content);
    return loadTerminology({ file, system: 'Own', version: '1', format: null, labels: [], folder: join(folder, 'codes'), ...more }, WATCH);
  }
  const own = async (label: string, text: string) =>
    (await findCodes(join(folder, 'codes'), label, text))
      .filter(({ system }) => system === 'Own')
      .map(({ code, display }) => `${code} ${display}`);

  it('reads RxNorm: names that RxNorm edited and does not suppress', async () => {
    await load('RXNCONSO.RRF', RRF, { labels: ['medication'] });
    assert.deepEqual(await own('medication', 'Lopressor'), ['6918 metoprolol']);
    assert.deepEqual([...(await own('medication', 'elsewhere')), ...(await own('medication', 'gone'))], []);
    assert.deepEqual(await own('problem', 'Lopressor'), []);
  });

  it('reads SNOMED CT: active names, labelled by the kind of the concept', async () => {
    await load('descriptions.txt.gz', gzipSync(SNOMED));
    assert.deepEqual(await own('procedure', 'appendectomy'), ['80146002 Excision of appendix']);
    assert.deepEqual(await own('procedure', 'old name'), []);
    assert.deepEqual(await own('problem', 'myocardial infarction'), ['22298006 Myocardial infarction']);
    assert.deepEqual(await own('procedure', 'myocardial infarction'), []);
  });

  it("reads LOINC's table", async () => {
    await load('Loinc.csv', LOINC, { labels: ['test'] });
    assert.deepEqual(await own('test', 'own test serpl'), ['1-8 Own "test" in Serum']);
    assert.deepEqual(await own('test', 'old test'), []);
  });

  it('reads a plain table and a FHIR CodeSystem with concepts below others', async () => {
    await load('icd.tsv', 'code\tdescription\tterm\nZ1\tOwn disease\tfirst | second\n', { system: 'ICD-10' });
    await load('codes.json', FHIR, { labels: ['procedure'] });
    assert.deepEqual(await own('procedure', 'bee'), ['B Beta']);
    const codes = await findCodes(join(folder, 'codes'), 'problem', 'Second');
    assert.deepEqual(codes, [{ system: 'ICD-10', code: 'Z1', display: 'Own disease', match: 'exact' }]);
    assert.equal(findText(codes), 'ICD-10 Z1  Own disease  (exact)');
    const listed = await listTerminologies(join(folder, 'codes'));
    assert.ok(listed.some(({ system }) => system === 'ICD-10') && listed.some(({ system }) => system === 'MeSH'));
    assert.match(listText(listed, 100), /ICD-10 .*\n(?:.*\n)*.*MB in memory/);
  });

  const refused: readonly (readonly [string, string, string, RegExp])[] = [
    ['a row of other columns', 'a.rrf', `${RRF}1|2|3\n`, /a\.rrf:5: it has 3 columns/],
    ['a short row', 'a.tsv', 'code\tdisplay\nA\n', /a\.tsv:2: it has 1 columns/],
    ['no column of codes', 'a.tsv', 'x\ty\n', /a\.tsv:1: no column is named code/],
    ['an open quote', 'a.csv', 'code,display\nA,"b\n', /a\.csv:2: .* quote is not closed/],
    ['another resource', 'a.json', '{"resourceType":"ValueSet"}', /not a FHIR CodeSystem/],
    ['nothing', 'a.tsv', '', /the file is empty/],
    ['no concept', 'a.rrf', rrf('1', 'OTHER', 'IN', 'x'), /holds no concept/],
  ];
  for (const [what, name, content, message] of refused)
    it(`refuses a file with ${what}`, () => assert.rejects(load(name, content), { code: 'FILE_INVALID', message }));

  it('refuses a file that is not there', () =>
    assert.rejects(
      loadTerminology({ file: join(folder, 'no.tsv'), system: 'Own', version: '1', format: null, labels: [], folder }, WATCH),
      {
        code: 'FILE_NOT_FOUND',
      },
    ));
});
