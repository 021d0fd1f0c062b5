import { cliConfig } from '@epee/config';
import { EpeeError } from '@epee/errors';
import type { CliContext, Runner } from '@epee/terminal';
import { Command } from 'commander';

interface Flags {
  readonly json?: boolean;
}

const EXAMPLES = `
Exit code 4 when Redis holds no result of that document.

Examples:
  epee results discharge-summary-pneumonia
  epee results discharge-summary-pneumonia --json | jq '.events'`;

/** `epee results`: the latest result of a document. */
export function resultsCommand(run: Runner): Command {
  return new Command('results')
    .description('show the latest result of a document, from Redis')
    .argument('<document-id>', 'id of the document')
    .option('--json', 'the whole ExtractionResult as one JSON line')
    .addHelpText('after', EXAMPLES)
    .action(run(results));
}

async function results({ env, stdout }: CliContext, documentId: string, { json }: Flags): Promise<number> {
  const [{ createProjectionStore }, { prettyResult }, { withLocalStack }] = await Promise.all([
    import('@epee/redis'),
    import('@epee/terminal'),
    import('@epee/stack'),
  ]);
  const store = await createProjectionStore(cliConfig(withLocalStack(env)).redis);
  try {
    const stored = await store.getResult(documentId);
    if (stored === null) {
      throw new EpeeError('RESULT_NOT_FOUND', 'Redis holds no result of this document', {
        stage: 'cli',
        hint: 'It may not have been worked on yet, or gone to the dead letters; check the id, and that worker and projector run.',
      });
    }
    stdout.write(`${json ? JSON.stringify(stored.result) : prettyResult(stored.result)}\n`);
    return 0;
  } finally {
    store.close();
  }
}
