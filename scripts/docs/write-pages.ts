import { readFileSync, writeFileSync } from 'node:fs';
import { configurationPage } from './configuration-page.ts';
import { withLimits } from './limits-table.ts';

const root = new URL('../../', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, root), 'utf8');

writeFileSync(new URL('docs/CONFIGURATION.md', root), configurationPage());
writeFileSync(new URL('docs/OPERATIONS.md', root), withLimits(read('docs/OPERATIONS.md'), read));
