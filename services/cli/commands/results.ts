import { EpeeError } from '@epee/errors';
import { prettyResult } from '@epee/terminal';
import { Command } from 'commander';
import { type CliContext, printReport, type Runner, stackConfig } from '../context.ts';
import { jsonOption } from '../options.ts';

const EXAMPLES = `
Exit code 4: Redis holds no result of that document.

Examples:
  epee results discharge-summary-pneumonia
  epee results discharge-summary-pneumonia --json | jq '.events'`;

/** `epee results`: the latest result of a document. */
export function resultsCommand(run: Runner): Command {
  return new Command('results')
    .description('show the latest result of a document, from Redis')
    .argument('<document-id>', 'id of the document')
    .addOption(jsonOption('the whole ExtractionResult'))
    .addHelpText('after', EXAMPLES)
    .action(run(results));
}

async function results(context: CliContext, documentId: string, { json }: { readonly json?: boolean }): Promise<number> {
  const [{ createProjectionStore }, config] = [await import('@epee/redis'), await stackConfig(context, 'redis')];
  const store = await createProjectionStore(config.redis);
  try {
    const stored = await store.getResult(documentId);
    if (stored === null) {
      throw new EpeeError('RESULT_NOT_FOUND', 'Redis holds no result of this document', {
        stage: 'cli',
        hint: 'Check the id, and that worker and projector run. The document may wait for the\n  worker, or be among the dead letters: epee dead-letters list',
      });
    }
    printReport(context, stored.result, { json, words: prettyResult });
    return 0;
  } finally {
    store.close();
  }
}
