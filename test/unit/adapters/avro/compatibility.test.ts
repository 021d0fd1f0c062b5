import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import avro from 'avsc';

const folder = new URL('../../../../schemas/', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, folder), 'utf8');
const normal = (file: string) => JSON.stringify(JSON.parse(read(file)));
const current = readdirSync(folder).filter((file) => file.endsWith('.avsc'));
const released = readdirSync(new URL('released/', folder)).map((file) => `released/${file}`);
const versionsOf = (file: string) => released.filter((name) => name.startsWith(`released/${file.replace('.avsc', '')}.v`));

/** SHA-256 of every released schema: each release adds a line; no line ever changes. */
const DIGESTS: Record<string, string> = {
  'released/clinical-note.v1.avsc': 'a7bdbf18f4dee3f059bc4e31cbaa11c3181fbcb169e171919263daa2447e736b',
  'released/imaging-event.v1.avsc': '4f49aa075d6981f677a681448d7a40e760aa55362a413c3a0e38b31c0b9cf3b4',
  'released/extraction-result.v1.avsc': 'bee98b65297b125f2ec6a674ade8aa033a5eeffdf2af45218271acaf57668ee4',
  'released/clinical-note.v2.avsc': 'baa4015dfe258670ae044c55c4337dedfc16e63a6eb7137bf8142a21319aa920',
  'released/extraction-result.v2.avsc': 'b2dd00ae482134f26e0a245d4688a7e2d77c497f44cfb87a7ede4f4827752e99',
};

/** Whether records of either schema can be read with the other. */
function compatibleBothWays(left: unknown, right: unknown): boolean {
  const types = () => [avro.Type.forSchema(left as avro.Schema), avro.Type.forSchema(right as avro.Schema)] as const;
  try {
    const [a, b] = types();
    for (const [reader, writer] of [
      [a, b],
      [b, a],
    ] as const) {
      const resolver = reader.createResolver(writer);
      // avsc makes a resolver even where branches of a union do not fit; only reading shows it.
      for (let run = 0; run < 50; run++) reader.fromBuffer(writer.toBuffer(writer.random()), resolver);
    }
    return true;
  } catch {
    return false;
  }
}

const base = {
  type: 'record',
  name: 'R',
  fields: [
    { name: 'a', type: 'string' },
    { name: 'e', type: { type: 'enum', name: 'E', symbols: ['X', 'Y'], default: 'X' } },
  ],
};
const plus = (field: object) => ({ ...base, fields: [...base.fields, field] });

describe('schemas', () => {
  it('are all released under an id, as they are', () => {
    const ids: Record<string, string> = JSON.parse(read('ids.json'));
    assert.deepEqual(Object.values(ids).toSorted(), released.toSorted(), 'each released file has one id');
    for (const file of current)
      assert.ok(
        versionsOf(file).some((version) => normal(version) === normal(file)),
        `${file} is not released as it is`,
      );
  });

  it('that were released are never changed', () => {
    for (const file of released) assert.equal(createHash('sha256').update(normal(file)).digest('hex'), DIGESTS[file], file);
    assert.equal(Object.keys(DIGESTS).length, released.length);
  });

  it('are FULL_TRANSITIVE compatible: each reads and is read by every released version', () => {
    for (const file of current) {
      for (const version of versionsOf(file))
        assert.ok(compatibleBothWays(JSON.parse(read(file)), JSON.parse(read(version))), `${file} and ${version}`);
    }
  });

  it('have a default for every enum and every field that may be missing', () => {
    const walk = (node: unknown): void => {
      if (typeof node !== 'object' || node === null) return;
      const part = node as { type?: unknown; default?: unknown; name?: string };
      if (part.type === 'enum') assert.ok(part.default !== undefined, `enum ${part.name}`);
      if (Array.isArray(part.type) || (part.type as { type?: unknown })?.type === 'array')
        assert.ok(part.default !== undefined, `field ${part.name}`);
      Object.values(node).forEach(walk);
    };
    for (const file of current) walk(JSON.parse(read(file)));
  });
});

describe('the compatibility check itself', () => {
  it('accepts fields that come with a default', () => {
    assert.ok(compatibleBothWays(base, plus({ name: 'b', type: ['null', 'string'], default: null })));
  });

  it('accepts new symbols of an enum with a default', () => {
    const wider = {
      ...base,
      fields: [base.fields[0], { name: 'e', type: { type: 'enum', name: 'E', symbols: ['X', 'Y', 'Z'], default: 'X' } }],
    };
    assert.ok(compatibleBothWays(base, wider));
  });

  const breaking: [string, object][] = [
    ['a field without a default comes', plus({ name: 'b', type: 'string' })],
    ['a field without a default goes', { ...base, fields: base.fields.slice(1) }],
    ['a field changes its type', { ...base, fields: [{ name: 'a', type: 'long' }, base.fields[1]] }],
    ['a field may become null', { ...base, fields: [{ name: 'a', type: ['null', 'string'] }, base.fields[1]] }],
    ['a number widens, which only reads one way', { ...plus({ name: 'n', type: 'long' }) }],
    [
      'an enum loses its default and a symbol',
      { ...base, fields: [base.fields[0], { name: 'e', type: { type: 'enum', name: 'E', symbols: ['X'] } }] },
    ],
  ];
  for (const [what, changed] of breaking) {
    it(`refuses that ${what}`, () => {
      const from = what.includes('widens') ? plus({ name: 'n', type: 'int' }) : base;
      assert.ok(!compatibleBothWays(from, changed));
    });
  }
});
