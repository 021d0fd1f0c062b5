import assert from 'node:assert/strict';
import { EpeeError } from '@epee/errors';
import type { MeasuredRow } from '@epee/notes';
import type { ExtractionResult } from '@epee/records';
import type { Extractor } from '@epee/text';
import { extractRows } from '../../../../tools/extract/extract-notes.ts';
import { sampleResult } from '../../services/cli/support.ts';

async function* rowsOf(count: number, bad: ReadonlySet<number> = new Set()): AsyncGenerator<MeasuredRow> {
  for (let at = 0; at < count; at++) {
    const where = `n.jsonl:${at + 1}`;
    if (bad.has(at)) yield { where, error: new EpeeError('FILE_INVALID', `${where}: bad`, { stage: 'cli' }), readBytes: 1 };
    else yield { where, fields: { id: `d${at}`, text: `Text ${at}.` }, readBytes: 1 };
  }
}

/** Answers each note; those whose id is in `failing` with an error; later calls first. */
function fakeExtractor(failing: ReadonlySet<string> = new Set()) {
  const calls: number[] = [];
  const extractor: Extractor = {
    async extract(notes) {
      calls.push(notes.length);
      for (let turn = calls.length; turn < 10; turn++) await new Promise(setImmediate);
      return notes.map(({ documentId }): ExtractionResult | EpeeError =>
        failing.has(documentId) ? new EpeeError('EXTRACTION_FAILED', 'it broke', { stage: 'text' }) : sampleResult({ documentId }),
      );
    },
  };
  return { extractor, calls };
}

const options = (extractor: Extractor) => ({
  extractor,
  extract: { policyName: 'fast' },
  defaults: () => ({ defaultSource: 'x', receivedAtMs: 0, maxTextBytes: 100 }),
});

describe('extractRows', () => {
  it('answers every row in its place, whichever batch is done first', async () => {
    const { extractor, calls } = fakeExtractor(new Set(['d40']));
    const seen: string[] = [];
    for await (const { outcome } of extractRows(rowsOf(100, new Set([3])), options(extractor))) {
      seen.push(outcome instanceof EpeeError ? `${outcome.code} ${outcome.message}` : outcome.documentId);
    }
    const expected = Array.from({ length: 100 }, (_, at) => `d${at}`);
    expected[3] = 'FILE_INVALID n.jsonl:4: bad';
    expected[40] = 'EXTRACTION_FAILED n.jsonl:41: it broke';
    assert.deepEqual(seen, expected);
    assert.ok(calls.length >= 3 && Math.max(...calls) <= 32, `batches of ${calls}`);
  });

  it('reads no further than a few batches ahead of what is taken', async () => {
    let read = 0;
    async function* endless(): AsyncGenerator<MeasuredRow> {
      for (;;) {
        read += 1;
        yield { where: `n:${read}`, fields: { id: `d${read}`, text: 'Text.' }, readBytes: 1 };
      }
    }
    for await (const _ of extractRows(endless(), options(fakeExtractor().extractor))) break;
    assert.ok(read <= 32 * 10, `${read} rows were read for one result`);
  });

  it('passes on what ends the whole work', async () => {
    const extractor: Extractor = { extract: () => Promise.reject(new EpeeError('ENGINE_CLOSED', 'closed', { stage: 'engine' })) };
    const rows = extractRows(rowsOf(3), options(extractor));
    await assert.rejects(rows.next(), { code: 'ENGINE_CLOSED' });
  });
});
