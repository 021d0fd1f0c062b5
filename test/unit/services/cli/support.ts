import { Readable, Writable } from 'node:stream';
import type { ExtractionResult } from '@epee/records';
import type { CliContext } from '../../../../services/cli/context.ts';
import { resultOf, UNSAID } from '../../../support/records.ts';

/** A stream that keeps what is written. */
export class Recorder extends Writable {
  readonly isTTY: boolean;
  readonly columns = 100;
  text = '';

  constructor({ isTTY = false } = {}) {
    super({ decodeStrings: false });
    this.isTTY = isTTY;
  }

  override _write(chunk: string | Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

/** A context whose output is kept. */
export function testContext(more: Partial<CliContext> = {}) {
  const stdout = new Recorder();
  const stderr = new Recorder();
  const context: CliContext = { env: {}, stdin: Readable.from([]), stdout, stderr, signal: new AbortController().signal, ...more };
  return { context, stdout, stderr };
}

/** A result with two entities, an adverse event and a relation. */
export function sampleResult(more: Partial<ExtractionResult> = {}): ExtractionResult {
  const item = { confidence: 0.9, exitLayer: 3, exitReason: 'entropy' as const };
  return resultOf({
    documentId: 'note-1',
    sections: [{ ...item, start: 0, end: 36, text: 'Rash after starting amoxicillin 1 g.', label: 'plan', heading: null }],
    entities: [
      { ...item, id: 'e1', label: 'Effect', start: 0, end: 4, text: 'Rash', ...UNSAID },
      { ...item, id: 'e2', label: 'Treatment.Drug', start: 20, end: 31, text: 'amoxi\n cillin', ...UNSAID },
    ],
    events: [
      {
        ...item,
        id: 'v1',
        type: 'Adverse_event',
        start: 5,
        end: 10,
        text: 'after',
        assertion: null,
        arguments: [
          { role: 'Effect', entityId: 'e1' },
          { role: 'Treatment.Drug', entityId: 'e2' },
        ],
      },
    ],
    relations: [
      { ...item, start: 0, end: 31, text: 'Rash after starting amoxicillin', label: 'adverse_effect', headId: 'e2', tailId: 'e1' },
    ],
    models: [],
    compute: { rows: 4, layersRun: 12, layersFull: 48, computeMs: 7.25 },
    processedAtMs: 0,
    ...more,
  });
}
