import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { configurationPage, OPTIONS } from '@epee/config';

describe('docs/CONFIGURATION.md', () => {
  const page = readFileSync(new URL('../../../docs/CONFIGURATION.md', import.meta.url), 'utf8');

  it('is what `npm run -w @epee/config document` writes', () => {
    assert.equal(page, configurationPage());
  });

  it('has a row for every option', () => {
    for (const name of Object.keys(OPTIONS)) assert.ok(page.includes(`| \`${name}\` |`), name);
  });
});
