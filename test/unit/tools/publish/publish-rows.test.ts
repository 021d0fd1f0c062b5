import assert from 'node:assert/strict';
import type { InputRecord } from '@epee/avro';
import { EpeeError } from '@epee/errors';
import type { MeasuredRow } from '@epee/notes';
import type { ClinicalNote } from '@epee/records';
import { type PublishOptions, publishRows } from '../../../../tools/publish/publish-rows.ts';

async function* rowsOf(...fields: readonly (Record<string, unknown> | EpeeError)[]): AsyncGenerator<MeasuredRow> {
  for (const [at, row] of fields.entries()) {
    const where = `n.jsonl:${at + 1}`;
    yield row instanceof EpeeError ? { where, error: row, readBytes: 2 } : { where, fields: row, readBytes: 2 };
  }
}

function setUp(more: Partial<PublishOptions> = {}) {
  const notes: ClinicalNote[] = [];
  const sends: (readonly InputRecord[])[] = [];
  const options: PublishOptions = {
    send: async (records) => void sends.push(records),
    recordMaxBytes: async () => 1_000_000,
    codec: {
      encodeNote: (note) => {
        notes.push(note);
        return Buffer.from(note.text);
      },
    },
    policy: null,
    defaults: { source: 'ward', version: '4', maxTextBytes: 1000 },
    nowMs: () => 9,
    ...more,
  };
  return { notes, sends, options };
}

async function all<T>(source: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of source) items.push(item);
  return items;
}

describe('publishRows', () => {
  it('sends notes under their document id, with source, version and time filled in', async () => {
    const { notes, sends, options } = setUp();
    await all(
      publishRows(rowsOf({ id: 'a', text: 'x' }, { documentId: 'b', text: 'y', version: 7, source: 'lab', patientRef: 'p' }), options),
    );
    assert.deepEqual(
      sends.flat().map(({ key, value, headers }) => [key, value.toString(), headers]),
      [
        ['a', 'x', {}],
        ['b', 'y', {}],
      ],
    );
    assert.deepEqual(
      notes.map(({ version, source, patientRef, receivedAtMs }) => [version, source, patientRef, receivedAtMs]),
      [
        [4n, 'ward', null, 9],
        [7n, 'lab', 'p', 9],
      ],
    );
  });

  it('names the policy in a header', async () => {
    const { sends, options } = setUp({ policy: 'careful' });
    await all(publishRows(rowsOf({ id: 'a', text: 'x' }), options));
    assert.deepEqual(sends[0]![0]!.headers, { 'epee-policy': 'careful' });
  });

  it('reports bad rows in their place and sends the rest', async () => {
    const { sends, options } = setUp();
    const bad = new EpeeError('FILE_INVALID', 'n.jsonl:2: bad', { stage: 'cli' });
    const rows = await all(publishRows(rowsOf({ id: 'a', text: 'x' }, bad, { id: 'c' }, { id: 'd', text: 'y' }), options));
    assert.deepEqual(
      rows.map(({ error }) => error?.code ?? null),
      [null, 'FILE_INVALID', 'REQUEST_FIELD_INVALID', null],
    );
    assert.deepEqual(
      sends.flat().map(({ key }) => key),
      ['a', 'd'],
    );
  });

  it('sends in bounded batches and answers for a note only once it is sent', async () => {
    let acknowledge = () => {};
    const acknowledged = new Promise<void>((resolve) => {
      acknowledge = resolve;
    });
    const { options } = setUp({ send: () => acknowledged });
    let answered = false;
    const rows = publishRows(rowsOf({ id: 'a', text: 'x' }), options);
    const first = rows.next().then(() => {
      answered = true;
    });
    for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
    assert.equal(answered, false);
    acknowledge();
    await first;
    const { sends, options: many } = setUp();
    await all(publishRows(rowsOf(...Array.from({ length: 1200 }, (_, at) => ({ id: `${at}`, text: 'x' }))), many));
    assert.ok(sends.length >= 3 && sends.every((records) => records.length <= 500));
    assert.equal(sends.flat().length, 1200);
  });

  it('passes on what keeps notes from being sent', async () => {
    const { options } = setUp({ send: () => Promise.reject(new EpeeError('KAFKA_SEND_FAILED', 'no', { stage: 'publish' })) });
    await assert.rejects(all(publishRows(rowsOf({ id: 'a', text: 'x' }), options)), { code: 'KAFKA_SEND_FAILED' });
  });
});
