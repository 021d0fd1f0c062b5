import type { LoadedEngine } from '@epee/engine';
import type { Row } from '@epee/model';
import { bareNote } from '@epee/records';
import { createExtractor } from '@epee/text';
import { spread } from '@epee/timing';
import type { RowsUsed } from './report.ts';
import type { Source } from './sources.ts';

/** Rows as the extractor makes them, shortest first; each carries the named policy's values for its task. */
export interface BenchRows {
  readonly used: RowsUsed;
  readonly rows: readonly Row[];
}

/** Texts beyond this are not read: enough rows come from fewer. */
const MAX_TEXTS = 1000;

/** Reads texts with the engine and keeps rows of both calls (sentences and sections, then relations), evenly spread over the texts. */
export async function benchRows(
  source: Source,
  { engine, policyName, count }: { readonly engine: LoadedEngine; readonly policyName: string; readonly count: number },
): Promise<BenchRows> {
  const seen: Row[] = [];
  // Sentences alone are the tagger's: the relations that it finds in them would only repeat it.
  const tasks = engine.model.tasks.filter(({ kind }) => source.mode === 'note' || kind === 'tagging');
  const extractor = createExtractor({
    model: { ...engine.model, tasks },
    tokenizer: engine.tokenizer,
    run: async (rows, policy) => {
      seen.push(...rows);
      return engine.run(rows, policy);
    },
    nowMs: () => 0,
  });
  const notes = spread(source.texts, MAX_TEXTS).map(noteOf);
  await extractor.extract(notes, { policyName, mode: source.mode });
  const rows = spread(seen, count).toSorted((a, b) => a.tokenIds.length - b.tokenIds.length);
  return { rows, used: describeRows(source.name, rows) };
}

/** What rows there are. */
export function describeRows(name: string, rows: readonly Row[]): RowsUsed {
  const byTask: Record<string, number> = {};
  for (const { task } of rows) byTask[task] = (byTask[task] ?? 0) + 1;
  const tokens = rows.reduce((sum, { tokenIds }) => sum + tokenIds.length, 0);
  return { name, rows: rows.length, meanTokens: tokens / rows.length, byTask };
}

const noteOf = ({ documentId, text }: Source['texts'][number]) => bareNote({ documentId, source: 'epee-bench', text });
