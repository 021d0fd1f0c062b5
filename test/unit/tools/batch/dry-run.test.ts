import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dryRun, dryRunText, isImportable } from '../../../../tools/batch/dry-run.ts';

describe('a dry run', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'epee-dry-'));
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const run = (columns: Record<string, string> = {}, delimiter = ',') =>
    dryRun({ paths: [folder], csv: { delimiter, columns }, source: 's', version: '1', maxTextBytes: 1000 });
  const put = (name: string, content: string) => writeFileSync(join(folder, name), content);

  it('proposes the columns of a CSV file, and says what its first rows are with them', async () => {
    put('a.csv', 'note_id;note_text\nn1;Planted text\nn2;\n');
    const report = await run();
    const [file] = report.files;
    assert.equal(file!.proposal, '--delimiter ";" --column documentId=note_id --column text=note_text');
    assert.deepEqual([file!.rows, file!.notes, file!.problems.length, isImportable(report)], [2, 1, 1, false]);
    assert.doesNotMatch(dryRunText(report) + JSON.stringify(report), /Planted/);
  });

  it('accepts what can be imported as it is', async () => {
    put('a.csv', 'id,text\nn1,Rash.\n');
    put('b.jsonl', '{"id":"b","text":"Rash."}\n');
    put('c.txt', 'Rash.');
    const report = await run();
    assert.deepEqual(
      report.files.map(({ kind, rows, notes }) => [kind, rows, notes]),
      [
        ['csv', 1, 1],
        ['rows', 1, 1],
        ['text', 1, 1],
      ],
    );
    assert.equal(isImportable(report), true);
  });

  it('shows no cell of a file without a header', async () => {
    put('a.csv', 'n1,"Planted text. It goes on."\n');
    const report = await run();
    assert.match(report.files[0]!.problems[0]!, /looks like data/);
    assert.doesNotMatch(dryRunText(report) + JSON.stringify(report), /Planted/);
  });
});
