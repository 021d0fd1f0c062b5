import { isUtf8 } from 'node:buffer';
import { EpeeError } from '@epee/errors';
import type avro from 'avsc';

/** Turns a value of the writer's type into one of the reader's. @throws EpeeError AVRO_INVALID where this value does not fit */
export type Convert = (value: unknown) => unknown;

/** The parts of avsc's types that resolution reads; avsc's own declarations leave most of them out. */
interface TypeView {
  readonly typeName: string;
  readonly name?: string;
  readonly aliases?: readonly string[];
  readonly branchName: string;
  readonly fields?: readonly FieldView[];
  readonly itemsType?: TypeView;
  readonly valuesType?: TypeView;
  readonly types?: readonly TypeView[];
  readonly symbols?: readonly string[];
  readonly default?: string;
  readonly size?: number;
}

interface FieldView {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly type: TypeView;
  defaultValue(): unknown;
}

/** The pairs of types that are resolved already, and where in the record the present one is. */
interface Context {
  readonly known: Map<TypeView, Map<TypeView, Convert>>;
  readonly path: string;
}

/**
 * Resolves two schemas by the rules of the Avro specification (1.12, "Schema Resolution"). Names match without their namespaces or by
 * alias. Of a union only the branch that was written must fit: where none can, the schemas do not fit; else the value decides.
 * @param writer parsed with values of unions that say their branch
 * @throws TypeError where no value of the writer's type fits the reader's
 */
export const createConverter = (writer: avro.Type, reader: avro.Type): Convert =>
  convert(writer as unknown as TypeView, reader as unknown as TypeView, { known: new Map(), path: '' });

const isUnion = ({ typeName }: TypeView): boolean => typeName.startsWith('union:');
const kindOf = ({ typeName }: TypeView): string => typeName.replace('abstract:', '');
const shortName = (name = ''): string => name.replace(/^.*\./, '');

function convert(writer: TypeView, reader: TypeView, context: Context): Convert {
  const { known } = context;
  const existing = known.get(writer)?.get(reader);
  if (existing !== undefined) return existing;
  const made: { convert?: Convert } = {};
  const ofWriter = known.get(writer) ?? new Map<TypeView, Convert>();
  known.set(writer, ofWriter);
  // A type that contains itself finds this stand-in while its own conversion is made.
  ofWriter.set(reader, (value) => made.convert!(value));
  try {
    made.convert = isUnion(writer)
      ? fromUnion(writer, reader, context)
      : isUnion(reader)
        ? toUnion(writer, reader, context)
        : convertPlain(writer, reader, context);
  } catch (error) {
    ofWriter.delete(reader);
    throw error;
  }
  ofWriter.set(reader, made.convert);
  return made.convert;
}

function fromUnion({ types = [] }: TypeView, reader: TypeView, context: Context): Convert {
  const branches = new Map(types.map((type) => [type.branchName, possible(() => convert(type, reader, context))]));
  if ([...branches.values()].every((branch) => branch === null)) throw new TypeError(`${context.path}: no branch fits`);
  return (value) => {
    const [branch, content] = value === null ? ['null', null] : Object.entries(value as object)[0]!;
    const fit = branches.get(branch);
    if (fit) return fit(content);
    throw new EpeeError('AVRO_INVALID', `${context.path || 'The record'} was written as ${kindName(branch, types)}, which does not fit`, {
      stage: 'decode',
      details: { field: context.path },
    });
  };
}

/** A kind of value, without the names that a producer gave its types. */
const kindName = (branch: string, types: readonly TypeView[]): string =>
  kindOf(types.find(({ branchName }) => branchName === branch) ?? types[0]!);

/** The branch of the same kind, else the first that fits. */
function toUnion(writer: TypeView, { types = [], typeName }: TypeView, context: Context): Convert {
  const ranked = [...types].sort((a, b) => Number(kindOf(b) === kindOf(writer)) - Number(kindOf(a) === kindOf(writer)));
  for (const branch of ranked) {
    const fit = possible(() => convert(writer, branch, context));
    if (fit === null) continue;
    return typeName === 'union:wrapped' && branch.typeName !== 'null' ? (value) => ({ [branch.branchName]: fit(value) }) : fit;
  }
  throw new TypeError(`${context.path}: no branch fits`);
}

function possible(make: () => Convert): Convert | null {
  try {
    return make();
  } catch {
    return null;
  }
}

const toText: Convert = (bytes) => {
  if (isUtf8(bytes as Buffer)) return (bytes as Buffer).toString('utf8');
  throw new EpeeError('TEXT_INVALID_UTF8', 'A text that was written as bytes is not valid UTF-8', { stage: 'decode' });
};

const same: Convert = (value) => value;
/** Values that may be read as another kind: numbers as wider ones, texts as bytes and back. */
const PROMOTIONS: Readonly<Record<string, Convert>> = {
  'int long': (value) => BigInt(value as number),
  'int float': same,
  'int double': same,
  'long float': Number,
  'long double': Number,
  'float double': same,
  'string bytes': (text) => Buffer.from(text as string),
  'bytes string': toText,
};
const PRIMITIVES: readonly string[] = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'];

function convertPlain(writer: TypeView, reader: TypeView, context: Context): Convert {
  const [from, to] = [kindOf(writer), kindOf(reader)];
  const promotion = PROMOTIONS[`${from} ${to}`];
  if (promotion !== undefined) return promotion;
  if (from !== to) throw new TypeError(`${context.path}: ${from} is not ${to}`);
  if (PRIMITIVES.includes(to)) return same;
  switch (to) {
    case 'array': {
      const item = convert(writer.itemsType!, reader.itemsType!, context);
      return (value) => (value as unknown[]).map(item);
    }
    case 'map': {
      const entry = convert(writer.valuesType!, reader.valuesType!, context);
      return (value) => Object.fromEntries(Object.entries(value as object).map(([key, content]) => [key, entry(content)]));
    }
    default:
      return convertNamed(writer, reader, context);
  }
}

function convertNamed(writer: TypeView, reader: TypeView, context: Context): Convert {
  const names = [reader.name, ...(reader.aliases ?? [])].map(shortName);
  if (!names.includes(shortName(writer.name))) throw new TypeError(`${context.path}: another name`);
  if (reader.fields !== undefined) return convertRecord(writer.fields ?? [], reader.fields, context);
  if (reader.symbols !== undefined) return convertEnum(reader, context);
  if (writer.size !== reader.size) throw new TypeError(`${context.path}: another size`);
  return same;
}

function convertRecord(written: readonly FieldView[], wanted: readonly FieldView[], { known, path }: Context): Convert {
  const fields = wanted.map((field) => {
    const source = written.find(({ name }) => name === field.name || field.aliases.includes(name));
    const where = path === '' ? field.name : `${path}.${field.name}`;
    if (source !== undefined)
      return { name: field.name, source: source.name, fit: convert(source.type, field.type, { known, path: where }) };
    if (field.defaultValue() === undefined) throw new TypeError(`${where}: neither written nor with a default`);
    return { name: field.name, source: null, fit: () => field.defaultValue() };
  });
  return (value) =>
    Object.fromEntries(
      fields.map(({ name, source, fit }) => [name, fit(source === null ? undefined : (value as Record<string, unknown>)[source])]),
    );
}

function convertEnum({ symbols = [], default: fallback }: TypeView, { path }: Context): Convert {
  return (value) => {
    if (symbols.includes(value as string)) return value;
    if (fallback !== undefined) return fallback;
    throw new EpeeError('AVRO_INVALID', `${path} was written as a symbol that is unknown here`, {
      stage: 'decode',
      details: { field: path },
    });
  };
}
