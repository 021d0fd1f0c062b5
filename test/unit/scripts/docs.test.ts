import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { OPTIONS } from '@epee/config';
import { configurationPage } from '../../../scripts/docs/configuration-page.ts';
import { limitsTable, withLimits } from '../../../scripts/docs/limits-table.ts';

describe('docs/CONFIGURATION.md', () => {
  const page = readFileSync(new URL('../../../docs/CONFIGURATION.md', import.meta.url), 'utf8');

  it('is what `npm run docs` writes', () => {
    assert.equal(page, configurationPage());
  });

  it('has a row for every option', () => {
    for (const name of Object.keys(OPTIONS)) assert.ok(page.includes(`| \`${name}\` |`), name);
  });
});

describe('the limits of docs/OPERATIONS.md', () => {
  const root = new URL('../../../', import.meta.url);
  const read = (file: string) => readFileSync(new URL(file, root), 'utf8');

  it('are what `npm run docs` writes', () => {
    const page = read('docs/OPERATIONS.md');
    assert.equal(page, withLimits(page, read));
  });

  it('have a row for every option that is a limit', () => {
    const table = limitsTable(read);
    const bounding = Object.keys(OPTIONS).filter((name) => /MAX_(?!CRASHES)|BATCH_(TOKENS|ROWS)/.test(name));
    assert.ok(bounding.length >= 7);
    for (const name of bounding) assert.ok(table.includes(`\`${name}\``), name);
  });

  it('follow the code, and fail where a constant is missing', () => {
    const table = limitsTable((file) => read(file).replace('MAX_CACHED_READERS = 256', 'MAX_CACHED_READERS = 2 * 64'));
    assert.match(table, /\| schemas of producers in the cache of a codec \| 128 /);
    assert.throws(
      () => limitsTable((file) => read(file).replaceAll('MAX_CACHED_READERS', 'RENAMED')),
      /codec\.ts has no plain number MAX_CACHED_READERS/,
    );
    assert.throws(() => withLimits('no markers', read), /lacks the lines/);
  });
});
