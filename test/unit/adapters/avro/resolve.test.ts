import assert from 'node:assert/strict';
import { parseWithBigints, parseWriter } from '../../../../shared/adapters/avro/long-type.ts';
import { createConverter } from '../../../../shared/adapters/avro/resolve.ts';

/** A value as it is read by Avro's rules, written with one schema and read with another. */
function read(writer: unknown, reader: unknown, value: unknown): unknown {
  const type = parseWriter(JSON.stringify(writer), []);
  return createConverter(type, parseWithBigints(JSON.stringify(reader)))(type.fromBuffer(type.toBuffer(value)));
}

const record = (name: string, fields: readonly object[], more: object = {}) => ({ type: 'record', name, fields, ...more });

describe('schema resolution', () => {
  for (const [writer, reader, value, expected] of [
    ['int', 'long', 3, 3n],
    ['int', 'double', 3, 3],
    ['long', 'double', 3n, 3],
    ['float', 'double', 0.5, 0.5],
    ['string', 'bytes', 'é', Buffer.from('é')],
    ['bytes', 'string', Buffer.from('é'), 'é'],
    [['null', 'int', 'string'], 'string', { string: 'x' }, 'x'],
    ['string', ['bytes', 'string'], 'x', 'x'],
    [['string', 'null'], ['null', 'string'], { string: 'x' }, 'x'],
    [['string', 'null'], ['null', 'string'], null, null],
    ['int', ['null', 'string', 'long'], 3, 3n],
    ['int', ['int', 'double'], 3, { int: 3 }],
    [{ type: 'array', items: ['null', 'int'] }, { type: 'array', items: 'long' }, [{ int: 1 }], [1n]],
    [{ type: 'map', values: 'int' }, { type: 'map', values: 'double' }, { a: 1 }, { a: 1 }],
    [{ type: 'fixed', name: 'x.F', size: 2 }, { type: 'fixed', name: 'F', size: 2 }, Buffer.from('ab'), Buffer.from('ab')],
  ] as const)
    it(`reads ${JSON.stringify(writer)} as ${JSON.stringify(reader)}: ${typeof value}`, () =>
      assert.deepEqual(read(writer, reader, value), expected));

  it('reads an unknown symbol as the default of the enum, or not at all', () => {
    const symbols = (list: string[], more: object = {}) => ({ type: 'enum', name: 'E', symbols: list, ...more });
    assert.equal(read(symbols(['A', 'B']), symbols(['A'], { default: 'A' }), 'B'), 'A');
    assert.equal(read(symbols(['A', 'B']), symbols(['A']), 'A'), 'A');
    assert.throws(() => read(symbols(['A', 'B']), symbols(['A']), 'B'), { code: 'AVRO_INVALID' });
  });

  it('finds fields by their aliases, fills in defaults, leaves out what it does not know', () => {
    const writer = record('org.x.Old', [
      { name: 'b', type: 'int' },
      { name: 'more', type: 'string' },
    ]);
    const fields = [
      { name: 'a', aliases: ['b'], type: 'long' },
      { name: 'c', type: ['null', 'string'], default: null },
    ];
    assert.deepEqual(read(writer, record('New', fields, { aliases: ['Old'] }), { b: 1, more: 'x' }), { a: 1n, c: null });
  });

  it('reads records that hold themselves', () => {
    const list = (number: string) =>
      record('List', [
        { name: 'value', type: number },
        { name: 'next', type: ['null', 'List'] },
      ]);
    const value = { value: 1, next: { List: { value: 2, next: null } } };
    assert.deepEqual(read(list('int'), list('long'), value), { value: 1n, next: { value: 2n, next: null } });
  });

  for (const [what, writer, reader] of [
    ['another kind', 'string', 'int'],
    ['a narrower number', 'long', 'int'],
    ['a union without a branch that fits', ['null', 'int'], 'string'],
    ['another name', record('A', []), record('B', [])],
    ['a field that is neither written nor has a default', record('A', []), record('A', [{ name: 'a', type: 'int' }])],
    ['another size', { type: 'fixed', name: 'F', size: 2 }, { type: 'fixed', name: 'F', size: 3 }],
  ] as const)
    it(`refuses ${what} before a value is read`, () =>
      assert.throws(() => createConverter(parseWriter(JSON.stringify(writer), []), parseWithBigints(JSON.stringify(reader))), TypeError));
});
