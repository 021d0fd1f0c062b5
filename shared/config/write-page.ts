import { writeFileSync } from 'node:fs';
import { configurationPage } from './document.ts';

writeFileSync(new URL('../../docs/CONFIGURATION.md', import.meta.url), configurationPage());
