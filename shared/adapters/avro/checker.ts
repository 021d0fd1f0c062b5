import type avro from 'avsc';
import { Cursor } from './cursor.ts';

type Check = (cursor: Cursor) => void;

/** The parts of avsc's types that a check reads; avsc's own declarations leave most of them out. */
interface TypeView {
  readonly typeName: string;
  readonly name?: string;
  readonly fields?: readonly { readonly name: string; readonly type: TypeView }[];
  readonly itemsType?: TypeView;
  readonly valuesType?: TypeView;
  readonly types?: readonly TypeView[];
  readonly symbols?: readonly string[];
  readonly size?: number;
}

/**
 * Makes a function that reads through an Avro body, builds nothing, and throws where the body is
 * not exactly one value of the schema.
 *
 * avsc trusts its input: a block count of 300 million in a message of five bytes makes it allocate
 * until the process aborts, and it silently replaces bytes that are not UTF-8. So avsc only gets
 * bodies that passed this check.
 * @throws EpeeError (the function) AVRO_INVALID, TEXT_INVALID_UTF8
 */
export function createChecker(type: avro.Type): (body: Buffer) => void {
  const check = compile(type as unknown as TypeView, new Map());
  const record = (type.name ?? type.typeName).replace(/^.*\./, '');
  return (body) => {
    const cursor = new Cursor(body, record);
    check(cursor);
    if (cursor.remaining > 0) throw cursor.invalid(`${cursor.remaining} bytes follow the end of the record`);
  };
}

function compile(type: TypeView, known: Map<TypeView, Check>): Check {
  const existing = known.get(type);
  if (existing !== undefined) return existing;
  let made: Check | null = null;
  // A type that contains itself finds this stand-in while its own check is made.
  known.set(type, (cursor) => made?.(cursor));
  made = compileNew(type, known);
  known.set(type, made);
  return made;
}

function compileNew(type: TypeView, known: Map<TypeView, Check>): Check {
  switch (type.typeName) {
    case 'null':
      return () => {};
    case 'boolean':
      return (cursor) => cursor.boolean();
    case 'int':
      return (cursor) => cursor.int();
    case 'long':
    case 'abstract:long':
      return (cursor) => void cursor.long();
    case 'float':
      return (cursor) => cursor.skip(4, 'a float');
    case 'double':
      return (cursor) => cursor.skip(8, 'a double');
    case 'bytes':
      return (cursor) => void cursor.bytes('a byte field');
    case 'string':
      return (cursor) => cursor.string();
    case 'fixed':
      return (cursor) => cursor.skip(type.size!, 'a fixed field');
    case 'enum':
      return (cursor) => void cursor.index(type.symbols!.length, 'the symbol');
    case 'array':
      return blocks(compile(type.itemsType!, known), minBytes(type.itemsType!, new Set()));
    case 'map':
      return blocks(entry(compile(type.valuesType!, known)), 1 + minBytes(type.valuesType!, new Set()));
    case 'record':
    case 'error':
      return recordOf(type.fields!.map((field) => [field.name, compile(field.type, known)] as const));
    default:
      return unionOf(type.types!.map((branch) => compile(branch, known)));
  }
}

const recordOf =
  (fields: readonly (readonly [string, Check])[]): Check =>
  (cursor) => {
    for (const [name, check] of fields) cursor.within(name, check);
  };

const unionOf =
  (branches: readonly Check[]): Check =>
  (cursor) =>
    branches[cursor.index(branches.length, 'the union branch')]!(cursor);

const entry =
  (value: Check): Check =>
  (cursor) => {
    cursor.string();
    value(cursor);
  };

function blocks(item: Check, itemMinBytes: number): Check {
  return (cursor) => {
    let index = 0;
    while (true) {
      const { items, bytes } = cursor.block(itemMinBytes);
      if (items === 0) return;
      const start = cursor.position;
      for (let left = items; left > 0; left--) cursor.within(index++, item);
      const read = cursor.position - start;
      // A reader that skips the block by its stated size and one that reads its items would
      // continue at different places.
      if (bytes !== null && bytes !== read) throw cursor.invalid(`a block claims ${bytes} bytes, but its items take ${read}`);
    }
  };
}

/** Fewest bytes of a value of the type; a lower bound for types that contain themselves. */
function minBytes(type: TypeView, open: Set<TypeView>): number {
  if (open.has(type)) return 0;
  open.add(type);
  const bytes = minBytesOf(type, open);
  open.delete(type);
  return bytes;
}

function minBytesOf(type: TypeView, open: Set<TypeView>): number {
  switch (type.typeName) {
    case 'null':
      return 0;
    case 'float':
      return 4;
    case 'double':
      return 8;
    case 'fixed':
      return type.size!;
    case 'record':
    case 'error':
      return type.fields!.reduce((sum, field) => sum + minBytes(field.type, open), 0);
    default:
      // The branch of a union may be null, an array or map ends with one zero byte, and numbers and
      // lengths take at least one byte.
      return 1;
  }
}
