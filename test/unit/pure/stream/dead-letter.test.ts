import assert from 'node:assert/strict';
import { EpeeError } from '@epee/errors';
import {
  DEAD_LETTER_HEADERS,
  DEAD_LETTER_MESSAGE_MAX_LENGTH,
  deadLetter,
  headerText,
  isPolicyName,
  recordFailure,
  recordVerdict,
} from '@epee/stream';
import fc from 'fast-check';

const TEXT = 'Patient Agneta Lindqvist took warfarin';

describe('deadLetter', () => {
  const make = (over: { key?: Buffer | null; value?: Buffer | null; headers?: Record<string, Buffer>; message?: string } = {}) =>
    deadLetter({
      record: { offset: 2n ** 60n, key: over.key ?? null, value: over.value ?? null, headers: over.headers ?? {}, timestampMs: 1 },
      origin: { topic: 'epee.notes.v1', partition: 3 },
      failure: { code: 'AVRO_INVALID', stage: 'decode', message: over.message ?? 'm' },
      attempts: 2,
      timeMs: 1_700_000_000_123,
    });

  it('carries key and value byte for byte', () => {
    const bytes = fc.option(
      fc.uint8Array({ maxLength: 50 }).map((array) => Buffer.from(array)),
      { nil: null },
    );
    fc.assert(
      fc.property(bytes, bytes, (key, value) => {
        const letter = make({ key, value });
        assert.strictEqual(letter.key, key);
        assert.strictEqual(letter.value, value);
      }),
    );
  });

  it('says why, where from and when in its headers', () => {
    assert.deepEqual(make().headers, {
      'epee-code': 'AVRO_INVALID',
      'epee-stage': 'decode',
      'epee-message': 'm',
      'epee-origin-topic': 'epee.notes.v1',
      'epee-origin-partition': '3',
      'epee-origin-offset': '1152921504606846976',
      'epee-attempts': '2',
      'epee-time': '1700000000123',
    });
  });

  it("keeps of the record's own headers only a well-formed policy name and batch id", () => {
    const named = make({ headers: { 'epee-policy': Buffer.from('careful'), 'x-note': Buffer.from(TEXT) } });
    assert.equal(named.headers?.['epee-policy'], 'careful');
    assert.ok(!JSON.stringify(named.headers).includes('Agneta'));
    const imported = make({ headers: { 'epee-batch': Buffer.from('batch-1') } });
    assert.equal(imported.headers?.['epee-batch'], 'batch-1');
    assert.equal(make({ headers: { 'epee-batch': Buffer.from(TEXT) } }).headers?.['epee-batch'], undefined);
    const malformed = make({ headers: { 'epee-policy': Buffer.from(TEXT) } });
    assert.equal(malformed.headers?.['epee-policy'], undefined);
  });

  it('cuts a long message', () => {
    assert.equal(make({ message: 'x'.repeat(10_000) }).headers?.[DEAD_LETTER_HEADERS.message]?.length, DEAD_LETTER_MESSAGE_MAX_LENGTH);
  });
});

describe('recordFailure', () => {
  it('keeps code, stage and message of our own errors', () => {
    const error = new EpeeError('TEXT_TOO_LARGE', 'text has 7 bytes, 5 are allowed', { stage: 'validate' });
    assert.deepEqual(recordFailure(error, 'text'), {
      code: 'TEXT_TOO_LARGE',
      stage: 'validate',
      message: 'text has 7 bytes, 5 are allowed',
    });
  });

  it('withholds the message of any other error, which may quote the record', () => {
    const nameWithText = Object.assign(new Error(TEXT), { name: TEXT });
    for (const error of [new TypeError(TEXT), TEXT, { message: TEXT }, null, nameWithText]) {
      const failure = recordFailure(error, 'assemble');
      assert.equal(failure.code, 'EXTRACTION_FAILED');
      assert.equal(failure.stage, 'assemble');
      assert.ok(!/Agneta|warfarin/.test(failure.message));
    }
  });
});

describe('recordVerdict', () => {
  const of = (code: ConstructorParameters<typeof EpeeError>[0]) => recordVerdict(new EpeeError(code, 'm', { stage: 'text' }));

  it('dead-letters what is the fault of the record, and what nobody foresaw', () => {
    assert.equal(of('AVRO_INVALID'), 'dead-letter');
    assert.equal(of('POLICY_UNKNOWN'), 'dead-letter');
    assert.equal(recordVerdict(new TypeError('x')), 'dead-letter');
  });

  it('waits for broken infrastructure and crashes where the process cannot go on', () => {
    assert.equal(of('SCHEMA_REGISTRY_UNREACHABLE'), 'wait');
    assert.equal(of('KAFKA_SEND_FAILED'), 'wait');
    assert.equal(of('ENGINE_CLOSED'), 'crash');
    assert.equal(of('INTERNAL'), 'crash');
  });
});

describe('headers', () => {
  it('are read as UTF-8, and not from an object’s own methods', () => {
    assert.equal(headerText({ headers: { a: Buffer.from('å') } }, 'a'), 'å');
    assert.equal(headerText({ headers: {} }, 'a'), null);
    assert.equal(headerText({ headers: {} }, 'toString'), null);
  });

  it('name a policy only in a fixed form', () => {
    assert.ok(isPolicyName('fast') && isPolicyName('q4-2026'));
    for (const text of ['', 'Fast', '4q', 'a b', 'a\n', TEXT, 'a'.repeat(65)]) assert.ok(!isPolicyName(text), JSON.stringify(text));
  });
});
