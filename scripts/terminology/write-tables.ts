import { createReadStream } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createTableBuilder } from '@epee/terminology';
import { SHIPPED_TABLES, type TableAbout, writeTable } from '@epee/terminology-files';

/** Makes the shipped tables from the rows of extract.py: write-tables.js FOLDER. The same rows give the same bytes. */
const [, , folder, effort = '5'] = process.argv;
if (folder === undefined) throw new Error('usage: write-tables.js FOLDER [EFFORT]');
const sources: Record<string, Omit<TableAbout, 'system'>> = JSON.parse(await readFile(join(folder, 'sources.json'), 'utf8'));
await rm(join(SHIPPED_TABLES, 'manifest.json'), { force: true });
for (const [system, about] of Object.entries(sources)) {
  const builder = createTableBuilder();
  for await (const line of createInterface({ input: createReadStream(join(folder, `${system}.tsv`)) })) {
    const [code, display, label, term] = line.split('\t') as [string, string, string, string];
    builder.add({ code, display, labels: [label], terms: [term] });
  }
  const { file, concepts, terms } = await writeTable(SHIPPED_TABLES, { system, ...about }, builder, Number(effort));
  console.log(`${file}: ${concepts} concepts, ${terms} terms`);
}
