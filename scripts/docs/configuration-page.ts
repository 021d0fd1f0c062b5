import { OPTIONS, type Option, SERVICE_NAMES, TEST_PREFIX } from '@epee/config';

const HEAD = `# Configuration

Every program reads its options from environment variables, checks them all at start and reports every problem at once (\`CONFIG_INVALID\`, exit code not 0).
Unknown names that start with \`EPEE_\` are refused; names that start with \`${TEST_PREFIX}\` belong to the tests. Names that end in \`_FILE\` name a file whose content
is the value, without the line end; there is no other way to give a password. This page is made from \`shared/runtime/config/options.ts\` by
\`npm run docs\`; a test compares the two.
`;

/** The text of docs/CONFIGURATION.md: one table row an option, in the order of the table of options. */
export function configurationPage(): string {
  const rows = Object.entries<Option<unknown>>(OPTIONS).map(([name, option]) => {
    const readers = option.services.length === SERVICE_NAMES.length ? 'all' : option.services.join(', ');
    return `| \`${name}\` | ${option.default === '' ? '(empty)' : `\`${option.default}\``} | ${readers} | ${option.doc} |`;
  });
  return `${HEAD}\n| option | default | read by | what it is |\n|---|---|---|---|\n${rows.join('\n')}\n`;
}
