import assert from 'node:assert/strict';
import type { Codec } from '@epee/avro';
import { EpeeError } from '@epee/errors';
import { BATCH_HEADER, DEAD_LETTER_HEADERS, type FetchedRecord, SEND_LIMITS } from '@epee/stream';
import { createExtract } from '../../../../../services/worker/prepare/extract.ts';
import { type PrepareNotesOptions, prepareNotes } from '../../../../../services/worker/prepare/notes.ts';
import { outputOf } from '../../../../../services/worker/prepare/outputs.ts';
import type { NoteExtractor } from '../../../../../services/worker/types.ts';
import { noteOf } from '../../../../support/records.ts';
import { failing, NO_LOG, noMetrics, noWaits, recordAt, resultOf, silent, still } from '../support.ts';

/** Values are the text of the note; `!CODE` fails to decode with that code. */
const codec: Pick<Codec, 'decodeNote' | 'encodeResult'> = {
  async decodeNote(value) {
    const text = String(value);
    if (text.startsWith('!')) throw failing(text.slice(1) as 'AVRO_INVALID');
    return noteOf({ documentId: `doc-${text.trim().slice(0, 5)}`, text });
  },
  encodeResult: (result) => Buffer.from(result.documentId),
};

const extractor = (over: Partial<NoteExtractor> = {}): NoteExtractor => ({
  extract: async (notes, policy) => notes.map((note) => resultOf(note.documentId, note.policyName ?? policy)),
  close: async () => {},
  ...over,
});

const options = (over: Partial<PrepareNotesOptions> = {}): PrepareNotesOptions => ({
  codec,
  extractor: extractor(),
  policy: 'fast',
  noteMaxBytes: 1000,
  resultMaxBytes: 1000,
  ...over,
});

const records = (...texts: string[]): FetchedRecord[] => texts.map((text, at) => recordAt(BigInt(at), { value: Buffer.from(text) }));

const codes = (prepared: Awaited<ReturnType<typeof prepareNotes>>) =>
  prepared.map((entry) => ('failure' in entry ? entry.failure.code : entry.result.documentId));

describe('prepareNotes', () => {
  it('answers each record in order, and a broken one does not stop the others', async () => {
    const prepared = await prepareNotes(records('a', '!AVRO_INVALID', 'b', ' ', 'x'.repeat(1001)), options());
    assert.deepEqual(codes(prepared), ['doc-a', 'AVRO_INVALID', 'doc-b', 'TEXT_EMPTY', 'TEXT_TOO_LARGE']);
  });

  it('does not decode a record that was condemned before', async () => {
    const failure = { code: 'RECORD_CRASHES_WORKER', stage: 'decode', message: 'm', attempts: 3 } as const;
    const [condemned] = records('a');
    const untouchable = {
      ...codec,
      decodeNote: async () => {
        throw new Error('decoded');
      },
    };
    const prepared = await prepareNotes([{ ...condemned!, failure }], options({ codec: untouchable }));
    assert.deepEqual(codes(prepared), ['RECORD_CRASHES_WORKER']);
    const { sends } = outputOf(prepared, { origin: { topic: 'notes', partition: 0 }, ...targets, timeMs: 17 });
    assert.equal(sends[0]!.records[0]!.headers?.[DEAD_LETTER_HEADERS.attempts], '3');
  });

  it('does not ask the model when no record can be read', async () => {
    const never = extractor({
      extract: async () => {
        throw new Error('asked');
      },
    });
    assert.deepEqual(codes(await prepareNotes(records('!RECORD_EMPTY'), options({ extractor: never }))), ['RECORD_EMPTY']);
  });

  it('follows the policy of the header, and refuses one that is no name without repeating it', async () => {
    const named = recordAt(0n, { value: Buffer.from('a'), headers: { 'epee-policy': Buffer.from('careful') } });
    const malformed = recordAt(1n, { value: Buffer.from('b'), headers: { 'epee-policy': Buffer.from('Agneta took warfarin') } });
    const [first, second] = await prepareNotes([named, malformed], options());
    assert.equal('result' in first! && first.result.models[0]?.policy, 'careful');
    assert.equal('failure' in second! && second.failure.code, 'POLICY_UNKNOWN');
    assert.ok(!('failure' in second! && second.failure.message.includes('Agneta')));
  });

  it('finds by itself which note an unforeseen error comes from', async () => {
    const fragile = extractor({
      extract: async (notes) => {
        if (notes.some(({ text }) => text === 'b')) throw new TypeError('b');
        return notes.map(({ documentId }) => resultOf(documentId));
      },
    });
    assert.deepEqual(codes(await prepareNotes(records('a', 'b', 'c'), options({ extractor: fragile }))), [
      'doc-a',
      'EXTRACTION_FAILED',
      'doc-c',
    ]);
  });

  it('does not take broken infrastructure for a fault of the record', async () => {
    await assert.rejects(prepareNotes(records('a', '!SCHEMA_REGISTRY_UNREACHABLE'), options()), { code: 'SCHEMA_REGISTRY_UNREACHABLE' });
    const closed = extractor({
      extract: async () => {
        throw failing('ENGINE_CLOSED');
      },
    });
    await assert.rejects(prepareNotes(records('a', 'b'), options({ extractor: closed })), { code: 'ENGINE_CLOSED' });
    const waits = extractor({ extract: async (notes) => notes.map(() => failing('KAFKA_SEND_FAILED')) });
    await assert.rejects(prepareNotes(records('a'), options({ extractor: waits })), { code: 'KAFKA_SEND_FAILED' });
  });

  it('refuses a result that its topic would not take', async () => {
    const large = { ...codec, encodeResult: () => Buffer.alloc(2000) };
    assert.deepEqual(codes(await prepareNotes(records('a'), options({ codec: large }))), ['RECORD_TOO_LARGE']);
  });
});

const destination = (topic: string) => ({ topic, partitions: 1, maxBytes: 1000, limits: SEND_LIMITS });
const targets = { results: destination('results'), deadLetters: destination('dead-letters') };

const failingCodec: typeof codec = {
  ...codec,
  decodeNote: async () => {
    throw failing('AVRO_INVALID');
  },
};

describe('outputOf', () => {
  it('writes results under their document ids and failures as dead letters with key and value untouched', async () => {
    const source = records('a', '!AVRO_INVALID');
    const prepared = await prepareNotes(source, options());
    const { sends } = outputOf(prepared, { origin: { topic: 'notes', partition: 4 }, ...targets, timeMs: 17 });
    assert.deepEqual(
      sends.map(({ topic }) => topic),
      ['results', 'dead-letters'],
    );
    assert.equal(sends[0]?.records[0]?.key, 'doc-a');
    const letter = sends[1]!.records[0]!;
    assert.strictEqual(letter.key, source[1]!.key);
    assert.strictEqual(letter.value, source[1]!.value);
    assert.equal(letter.headers?.[DEAD_LETTER_HEADERS.originPartition], '4');
    assert.equal(letter.headers?.[DEAD_LETTER_HEADERS.time], '17');
  });

  it('leaves out a value that the dead letters do not take, and says so, instead of stopping the partition', async () => {
    const prepared = await prepareNotes(records(`!AVRO_INVALID${'x'.repeat(1000)}`), options({ codec: failingCodec }));
    const { sends } = outputOf(prepared, {
      origin: { topic: 'notes', partition: 4 },
      ...targets,
      deadLetters: { ...targets.deadLetters, maxBytes: 700 },
      timeMs: 17,
    });
    const letter = sends[0]!.records[0]!;
    assert.equal(letter.value, null);
    assert.match(letter.headers?.[DEAD_LETTER_HEADERS.message] ?? '', /^Its value of 1013 bytes is left out, as the dead letters take 700/);
  });
});

describe('outputOf, of a batch import', () => {
  it('says on results and dead letters which import they belong to', async () => {
    const headers = { [BATCH_HEADER]: Buffer.from('batch-1') };
    const source = records('a', '!AVRO_INVALID').map((record) => ({ ...record, headers }));
    const { sends } = outputOf(await prepareNotes(source, options()), { origin: { topic: 'batch', partition: 0 }, ...targets, timeMs: 1 });
    for (const { records: sent } of sends) assert.equal(sent[0]!.headers?.[BATCH_HEADER], 'batch-1');
    assert.equal(sends.length, 2);
  });
});

describe('extract', () => {
  const batch = {
    topic: 'notes',
    partition: 0,
    epoch: 1,
    fetchedFrom: 0n,
    records: records('a', 'b', 'c'),
    lastOffset: 2n,
    highWatermark: 3n,
    lastEpoch: null,
    log: NO_LOG,
  };
  const make = (over: Partial<NoteExtractor>, sleep = still.sleep) =>
    createExtract(
      { prepare: (given, { turn }) => prepareNotes(given, { ...options({ extractor: extractor(over) }), turn }) },
      { ...targets, waits: noWaits, surroundings: { ...still, sleep }, metrics: noMetrics, log: silent },
    );
  const never = new AbortController().signal;

  it('takes only its range', async () => {
    const { sends } = await make({})(batch, { start: 1, end: 3 }, never);
    assert.deepEqual(
      sends[0]?.records.map(({ key }) => key),
      ['doc-b', 'doc-c'],
    );
  });

  it('asks in the turn of its partition, where what comes first in it goes first', async () => {
    const turns: unknown[] = [];
    const extract = make({
      extract: async (notes, _policy, turn) => {
        turns.push(turn);
        return notes.map(({ documentId }) => resultOf(documentId));
      },
    });
    await extract(batch, { start: 0, end: 1 }, never);
    await extract({ ...batch, partition: 3 }, { start: 1, end: 3 }, never);
    assert.deepEqual(turns, [
      { user: 'notes/0', place: 0 },
      { user: 'notes/3', place: 1 },
    ]);
  });

  it('tries again while infrastructure is down, then answers every record', async () => {
    let down = 3;
    const waits: number[] = [];
    const extract = make(
      {
        extract: async (notes) => {
          if (down-- > 0) throw new EpeeError('SCHEMA_REGISTRY_UNREACHABLE', 'down', { stage: 'decode' });
          return notes.map(({ documentId }) => resultOf(documentId));
        },
      },
      async (ms) => void waits.push(ms),
    );
    const { sends } = await extract(batch, { start: 0, end: 3 }, never);
    assert.equal(sends[0]?.records.length, 3);
    assert.equal(waits.length, 3);
    assert.ok(waits[0]! < waits[1]! && waits[1]! < waits[2]!);
  });

  it('counts a record that is tried again as waiting, until its sub-batch is done', async () => {
    const told: string[] = [];
    const down = new EpeeError('IMAGE_STORE_UNREACHABLE', 'down', { stage: 'decode' });
    const extract = createExtract(
      {
        async prepare(_records, { onTrouble, abandon }) {
          onTrouble(down, 1, 10);
          assert.equal(abandon, never);
          return [];
        },
      },
      {
        ...targets,
        waits: { begin: () => ({ on: ({ code }) => told.push(code), over: () => told.push('over') }) },
        onWait: ({ partition }) => told.push(`partition ${partition}`),
        ...{ surroundings: still, metrics: noMetrics, log: silent },
      },
    );
    await extract(batch, { start: 0, end: 3 }, never);
    assert.deepEqual(told, ['IMAGE_STORE_UNREACHABLE', 'partition 0', 'over']);
  });

  it('does not begin work that was given up', async () => {
    const left = new AbortController();
    left.abort();
    await assert.rejects(make({})(batch, { start: 0, end: 3 }, left.signal), /abandoned/);
  });
});
