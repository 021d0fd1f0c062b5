import assert from 'node:assert/strict';
import { EpeeError } from '@epee/errors';
import avro from 'avsc';
import fc from 'fast-check';
import { createChecker } from '../../../../shared/adapters/avro/checker.ts';

const type = (schema: unknown) => avro.Type.forSchema(schema as avro.Schema);
const record = (fields: object[]) => ({ type: 'record', name: 'R', fields });

/** Zig-zag encoding of a number, seven bits per byte. */
function long(value: number | bigint): number[] {
  const number = BigInt(value);
  let rest = number >= 0n ? number << 1n : (-number << 1n) - 1n;
  const bytes: number[] = [];
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return [...bytes, Number(rest)];
}

function refusal(schema: unknown, bytes: readonly number[]): EpeeError | null {
  try {
    createChecker(type(schema))(Buffer.from(bytes));
    return null;
  } catch (error) {
    assert.ok(error instanceof EpeeError);
    return error;
  }
}

const EVERY_TYPE = record([
  { name: 'nothing', type: 'null' },
  { name: 'flag', type: 'boolean' },
  { name: 'int', type: 'int' },
  { name: 'long', type: 'long' },
  { name: 'float', type: 'float' },
  { name: 'double', type: 'double' },
  { name: 'bytes', type: 'bytes' },
  { name: 'string', type: 'string' },
  { name: 'fixed', type: { type: 'fixed', name: 'F', size: 3 } },
  { name: 'word', type: { type: 'enum', name: 'E', symbols: ['A', 'B'] } },
  { name: 'list', type: { type: 'array', items: ['null', 'string', 'bytes'] } },
  { name: 'map', type: { type: 'map', values: 'double' } },
]);

describe('Avro checker', () => {
  it('accepts every body that avsc writes', () => {
    const every = type(EVERY_TYPE);
    const check = createChecker(every);
    for (let run = 0; run < 300; run++) check(every.toBuffer(every.random()));
  });

  it('refuses every body that is cut short or followed by a byte', () => {
    const every = type(EVERY_TYPE);
    const check = createChecker(every);
    const body = every.toBuffer(every.random());
    for (let length = 0; length < body.length; length++) assert.throws(() => check(body.subarray(0, length)), EpeeError);
    assert.throws(() => check(Buffer.concat([body, Buffer.from([0])])), /1 bytes follow/);
  });

  it('refuses a block of 300 million items in five bytes, for arrays and maps', () => {
    for (const schema of [
      { type: 'array', items: 'string' },
      { type: 'array', items: 'null' },
      { type: 'map', values: 'string' },
    ]) {
      for (const count of [300_000_000, -300_000_000]) assert.equal(refusal(schema, [...long(count), 0])?.code, 'AVRO_INVALID');
    }
  });

  it('counts with the smallest size of an item', () => {
    const pairs = {
      type: 'array',
      items: record([
        { name: 'a', type: 'double' },
        { name: 'b', type: 'string' },
      ]),
    };
    const error = refusal(pairs, [...long(3), ...new Array(26).fill(0)]);
    assert.match(error!.message, /3 items of at least 9 bytes, but 26 bytes remain/);
    assert.equal(refusal(pairs, [...long(3), ...new Array(27).fill(0), 0]), null);
  });

  it('bounds items without content over the whole message', () => {
    const nulls = { type: 'array', items: 'null' };
    assert.equal(refusal(nulls, [...long(1024), 0]), null);
    assert.match(refusal(nulls, [...long(1025), 0])!.message, /more than 1024 items without content/);
    assert.equal(refusal({ type: 'array', items: nulls }, [...long(2), ...long(1000), 0, ...long(1000), 0, 0])?.code, 'AVRO_INVALID');
  });

  it('refuses a block whose stated size is not the size of its items', () => {
    const strings = { type: 'array', items: 'string' };
    assert.equal(refusal(strings, [...long(-1), ...long(2), ...long(1), 97, 0]), null);
    assert.match(refusal(strings, [...long(-1), ...long(1), ...long(1), 97, 0])!.message, /claims 1 bytes, but its items take 2/);
    assert.match(refusal(strings, [...long(-1), ...long(99), ...long(1), 97, 0])!.message, /claims 99 bytes, but 3 remain/);
    assert.equal(refusal(strings, [...long(-1), ...long(-1), ...long(1), 97, 0])?.code, 'AVRO_INVALID');
  });

  it('refuses lengths that are negative or beyond the end', () => {
    for (const schema of ['string', 'bytes']) {
      for (const length of [-1, 2, 2 ** 31, -(2n ** 63n), 2n ** 63n - 1n])
        assert.equal(refusal(schema, [...long(length), 97])?.code, 'AVRO_INVALID', `${schema} ${length}`);
    }
  });

  it('never steps back over a negative length', () => {
    for (const schema of ['string', 'bytes'])
      assert.match(refusal({ type: 'array', items: schema }, [...long(2), ...long(-1), 0])!.message, /negative length/);
  });

  it('accepts numbers of 64 bits and refuses longer ones', () => {
    for (const value of [0n, -1n, 2n ** 63n - 1n, -(2n ** 63n)]) assert.equal(refusal('long', long(value)), null);
    assert.match(refusal('long', [...new Array(9).fill(0xff), 0x02])!.message, /more than 64 bits/);
    assert.match(refusal('long', new Array(11).fill(0x80))!.message, /more than 64 bits/);
    assert.equal(refusal('int', long(2 ** 31 - 1)), null);
    assert.match(refusal('int', long(2 ** 31))!.message, /more than 32 bits/);
  });

  it('refuses branches, symbols and booleans that do not exist', () => {
    for (const index of [2, -1, 2 ** 40]) {
      assert.match(refusal(['null', 'string'], long(index))!.message, /the union branch -?\d+ does not exist; the schema has 2/);
      assert.match(refusal({ type: 'enum', name: 'E', symbols: ['A', 'B'] }, long(index))!.message, /the symbol/);
    }
    assert.equal(refusal('boolean', [2])?.code, 'AVRO_INVALID');
  });

  it('refuses strings that are not UTF-8, and names their place', () => {
    const schema = record([{ name: 'list', type: { type: 'array', items: 'string' } }]);
    const error = refusal(schema, [...long(2), ...long(1), 97, ...long(2), 0xc3, 0x28, 0]);
    assert.equal(error?.code, 'TEXT_INVALID_UTF8');
    assert.equal(error?.details.field, 'list[1]');
    const surrogate = [0xed, 0xa0, 0x80];
    assert.equal(refusal('string', [...long(3), ...surrogate])?.code, 'TEXT_INVALID_UTF8');
    assert.equal(refusal({ type: 'map', values: 'null' }, [...long(1), ...long(3), ...surrogate, 0])?.code, 'TEXT_INVALID_UTF8');
  });

  it('refuses nesting without end', () => {
    const chain = record([{ name: 'next', type: ['null', 'R'] }]);
    assert.equal(refusal(chain, [...new Array(60).fill(2), 0]), null);
    assert.match(refusal(chain, [...new Array(100_000).fill(2), 0])!.message, /nested deeper than 64/);
  });

  it('accepts only what avsc can read', () => {
    const every = type(EVERY_TYPE);
    const check = createChecker(every);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const body = Buffer.from(bytes);
        try {
          check(body);
        } catch (error) {
          assert.ok(error instanceof EpeeError);
          return;
        }
        // avsc refuses longs beyond 2^53. It must read everything else that passed the check to the
        // last byte.
        try {
          every.fromBuffer(body);
        } catch (error) {
          assert.match((error as Error).message, /precision loss/);
        }
      }),
      { numRuns: 5000 },
    );
  });
});
