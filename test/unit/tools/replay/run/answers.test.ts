import assert from 'node:assert/strict';
import { createCodec, fileRegistry } from '@epee/avro';
import { EpeeError } from '@epee/errors';
import type { FetchedRecord } from '@epee/stream';
import { type AnswerDeps, answerRecords } from '../../../../../tools/replay/run/answers.ts';
import { readHead } from '../../../../../tools/replay/run/headers.ts';
import { noteOf } from '../../../../support/records.ts';
import { sampleResult } from '../../../services/cli/support.ts';

const SECRET = 'Agneta Lindqvist';
const codec = await createCodec(await fileRegistry());

const record = (offset: number, text = `${SECRET} has a rash.`): FetchedRecord => ({
  offset: BigInt(offset),
  key: Buffer.from(`d${offset}`),
  value: codec.encodeNote(noteOf({ documentId: `d${offset}`, text })),
  headers: { 'epee-policy': Buffer.from('careful') },
  timestampMs: 1000 * offset,
});

const answering: Pick<AnswerDeps['variants'][number], 'extract'> = {
  extract: async (notes) =>
    notes.map((note) => ({ outcome: sampleResult({ documentId: note.documentId, source: note.policyName ?? 'none' }), rows: {} })),
};

const deps = (more: Partial<AnswerDeps> = {}): AnswerDeps => ({
  run: 'r',
  topic: 'notes',
  codec,
  variants: [
    { id: 'A', ...answering },
    { id: 'B', ...answering },
  ],
  noteMaxBytes: 1000,
  maxBytes: 100_000,
  ...more,
});

async function answersTo(records: readonly FetchedRecord[], more: Partial<AnswerDeps> = {}) {
  const { records: answers, failures } = await answerRecords(records, 3, deps(more));
  const heads = answers.map(
    ({ headers }) =>
      readHead({ headers: Object.fromEntries(Object.entries(headers!).map(([name, value]) => [name, Buffer.from(value)])) })!,
  );
  return { answers, failures, heads, words: heads.map(({ variant, origin, code }) => `${origin.offset}${variant} ${code ?? 'ok'}`) };
}

describe('answering records', () => {
  it('counts a stored batch that could not be unpacked by its own code', async () => {
    const failure = { code: 'RECORD_TOO_LARGE', stage: 'decode', message: 'a batch of 70 MiB' } as const;
    const { words, failures } = await answersTo([{ ...record(1), failure }]);
    assert.deepEqual(words, ['1A RECORD_TOO_LARGE', '1B RECORD_TOO_LARGE']);
    assert.deepEqual([...failures], [['RECORD_TOO_LARGE', 2]]);
  });

  it('gives one answer a variant, side by side, with where the note stood', async () => {
    const { words, heads, answers } = await answersTo([record(1), record(2)]);
    assert.deepEqual(words, ['1A ok', '1B ok', '2A ok', '2B ok']);
    assert.deepEqual(heads[2]!.origin, { partition: 3, offset: 2n, timeMs: 2000 });
    assert.deepEqual(
      answers.map(({ key }) => key),
      ['d1', 'd1', 'd2', 'd2'],
    );
  });

  it('sets aside the policy that a note names for itself', async () => {
    const { answers } = await answersTo([record(1)]);
    assert.equal((await codec.decodeResult(answers[0]!.value)).source, 'none');
  });

  it('counts poison by code, for every variant, and goes on', async () => {
    const poison = { ...record(2), value: Buffer.from([9, 9]) };
    const { words, failures, answers } = await answersTo([record(1), poison, { ...record(3), value: null }, record(4, ' '), record(5)]);
    assert.deepEqual(words, [
      '1A ok',
      '1B ok',
      '2A RECORD_FRAMING_INVALID',
      '2B RECORD_FRAMING_INVALID',
      '3A RECORD_EMPTY',
      '3B RECORD_EMPTY',
      '4A TEXT_EMPTY',
      '4B TEXT_EMPTY',
      '5A ok',
      '5B ok',
    ]);
    assert.deepEqual(Object.fromEntries(failures), { RECORD_FRAMING_INVALID: 2, RECORD_EMPTY: 2, TEXT_EMPTY: 2 });
    assert.deepEqual(answers[2], { ...answers[2], key: null, value: null });
  });

  it('counts what one variant alone cannot read', async () => {
    const failing = { id: 'B', extract: async () => [{ outcome: new EpeeError('ENGINE_NON_FINITE', 'x', { stage: 'engine' }), rows: {} }] };
    const { words } = await answersTo([record(1)], { variants: [{ id: 'A', ...answering }, failing] });
    assert.deepEqual(words, ['1A ok', '1B ENGINE_NON_FINITE']);
  });

  it('finds out whose note it was when a whole call fails', async () => {
    const extract: typeof answering.extract = async (notes) => {
      if (notes.some(({ documentId }) => documentId === 'd2')) throw new TypeError(`cannot read ${SECRET}`);
      return answering.extract(notes);
    };
    const { words, answers } = await answersTo([record(1), record(2), record(3)], { variants: [{ id: 'A', extract }] });
    assert.deepEqual(words, ['1A ok', '2A EXTRACTION_FAILED', '3A ok']);
    assert.ok(!JSON.stringify(answers.map(({ key, headers }) => [key, headers])).includes(SECRET));
  });

  it('throws on what is no fault of a record', async () => {
    const extract = async () => {
      throw new EpeeError('ENGINE_CLOSED', 'x', { stage: 'engine' });
    };
    await assert.rejects(answersTo([record(1)], { variants: [{ id: 'A', extract }] }), { code: 'ENGINE_CLOSED' });
  });

  it('refuses a result that the topic cannot take', async () => {
    const { words } = await answersTo([record(1)], { maxBytes: 100 });
    assert.deepEqual(words, ['1A RECORD_TOO_LARGE', '1B RECORD_TOO_LARGE']);
  });

  it("puts nothing of a note's text into keys and headers", async () => {
    const { answers } = await answersTo([record(1), record(2, `${SECRET}. ${'x'.repeat(2000)}`)]);
    for (const { key, headers } of answers) assert.ok(!JSON.stringify([key, headers]).includes('Lindqvist'));
  });
});
