import { OPTIONS, type Option, SERVICE_NAMES, TEST_PREFIX } from '@epee/config';

const HEAD = `# Configuration

Every program reads its options from environment variables. It checks all of them at start and reports every problem at once (\`CONFIG_INVALID\`).

- Unknown names that start with \`EPEE_\` are refused. Names that start with \`${TEST_PREFIX}\` belong to the tests.
- An option whose name ends in \`_FILE\` names a file. The content of the file is the value, without the line end. Passwords are given in no other way.

\`npm run docs\` makes this page from \`shared/runtime/config/options.ts\`; a test compares the two.
`;

/** The text of docs/CONFIGURATION.md: one row per option, in the order of the table of options. */
export function configurationPage(): string {
  const rows = Object.entries<Option<unknown>>(OPTIONS).map(([name, option]) => {
    const readers = option.services.length === SERVICE_NAMES.length ? 'all' : option.services.join(', ');
    return `| \`${name}\` | ${option.default === '' ? '(empty)' : `\`${option.default}\``} | ${readers} | ${option.doc} |`;
  });
  return `${HEAD}\n| option | default | read by | what it is |\n|---|---|---|---|\n${rows.join('\n')}\n`;
}
