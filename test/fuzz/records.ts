import type { Codec } from '@epee/avro';
import { bareNote, type ClinicalNote, checkNote } from '@epee/records';
import type { OutgoingRecord } from '@epee/stream';
import { mutated } from './mutated.ts';
import { numbers } from './numbers.ts';
import { SCHEMA_IDS } from './schemas.ts';

/** What a record tries. `good` ones are notes: they show that the worker still does its work. */
export const KINDS = ['random', 'framed', 'mutated', 'bomb', 'nested', 'schema', 'utf8', 'odd', 'rules', 'header', 'good'] as const;

/** One of {@link KINDS}. */
export type Kind = (typeof KINDS)[number];

/** A record, and whether it is a note. */
export interface FuzzedRecord {
  readonly kind: Kind;
  readonly record: OutgoingRecord;
}

/** UTF-8 bytes that a note's text may have in these runs. */
export const NOTE_MAX_BYTES = 4096;
/** One record in so many is good. */
const GOOD_EVERY = 50;
const TRIES = 20;

type Next = () => number;
type Make = (note: Buffer, next: Next, codec: Codec) => OutgoingRecord['value'];

/** Makes the record at a position of a run: always the same for a seed. Whatever is not `good` is no valid note. */
export async function fuzzedRecord(codec: Codec, seed: number, at: number): Promise<FuzzedRecord> {
  const next = numbers(Math.imul(seed, 0x9e3779b1) ^ Math.imul(at + 1, 0x85ebca6b));
  const note = noteAt(at, next);
  const key = Buffer.from(note.documentId);
  const encoded = codec.encodeNote(note);
  if (at % GOOD_EVERY === 0) return { kind: 'good', record: { key, value: encoded } };
  const kind = KINDS[next() % (KINDS.length - 1)] as Exclude<Kind, 'good'>;
  if (kind === 'header') return { kind, record: { key, value: encoded, headers: { 'epee-policy': randomText(next) } } };
  let value: Buffer | null = null;
  for (let tries = 0; tries < TRIES; tries++) {
    const made = MAKE[kind](encoded, next, codec);
    if (made !== null && (await isNote(codec, made))) continue;
    value = made;
    break;
  }
  return { kind, record: { key: next() % 4 === 0 ? randomBytes(next, next() % 30) : key, value } };
}

async function isNote(codec: Codec, value: Buffer): Promise<boolean> {
  try {
    checkNote(await codec.decodeNote(value), { maxTextBytes: NOTE_MAX_BYTES });
    return true;
  } catch {
    return false;
  }
}

const MAKE: Readonly<Record<Exclude<Kind, 'good' | 'header'>, Make>> = {
  random: (_note, next) => randomBytes(next, next() % 400),
  framed: (_note, next) => framed(1 + (next() % 6), randomBytes(next, next() % 300)),
  mutated: (note, next) => mutated(mutated(note, next), next() % 2 === 0 ? next : () => 0),
  bomb: (note, next) => {
    const counts = [300_000_000, 2 ** 31, 2 ** 40, -300_000_000, -1, 10_000];
    const id = [SCHEMA_IDS.lists, SCHEMA_IDS.maps, SCHEMA_IDS.nulls][next() % 3]!;
    const bomb = zigzag(BigInt(counts[next() % counts.length]!));
    const inner = next() % 2 === 0 ? Buffer.concat([zigzag(1n), bomb]) : bomb;
    return framed(id, Buffer.concat([note.subarray(5), inner, randomBytes(next, next() % 20)]));
  },
  nested: (note, next) =>
    framed(SCHEMA_IDS.nested, Buffer.concat([note.subarray(5), Buffer.alloc(65 + (next() % 20_000), 0x02), Buffer.from([0])])),
  schema: (note, next) => {
    const ids = [SCHEMA_IDS.result, 0, -1, 2 ** 31 - 1, -(2 ** 31), 7 + (next() % 1000)];
    return framed(ids[next() % ids.length]!, note.subarray(5));
  },
  utf8: (note, next) => {
    const bytes = Buffer.from(note);
    const bad = [0xff, 0xfe, 0xc0, 0xf8, 0x80][next() % 5]!;
    // Inside the text, which ends before the ten bytes of the time.
    bytes[bytes.length - 12 - (next() % 20)] = bad;
    return bytes;
  },
  odd: (note, next) =>
    [
      null,
      Buffer.alloc(0),
      note.subarray(0, 1 + (next() % 5)),
      Buffer.concat([Buffer.from([1]), note.subarray(1)]),
      Buffer.concat([note, note]),
    ][next() % 5]!,
  rules: (_note, next, codec) => {
    const note = noteAt(next() % 1000, next);
    const broken: ClinicalNote[] = [
      { ...note, text: ' \n\t ' },
      { ...note, text: '' },
      { ...note, text: 'x'.repeat(NOTE_MAX_BYTES + 1 + (next() % 1000)) },
      { ...note, documentId: '' },
      { ...note, documentId: `a\u0000${next()}` },
      { ...note, patientRef: 'p'.repeat(257) },
      { ...note, version: -1n },
      { ...note, retraction: { reason: 'mistake' } },
      { ...note, noteTimeMs: 2 ** 53 - 1 },
      { ...note, sourceIds: [{ system: '', value: 'v' }] },
    ];
    return codec.encodeNote(broken[next() % broken.length]!);
  },
};

function noteAt(at: number, next: Next): ClinicalNote {
  return bareNote({
    documentId: `fuzz-${at}`,
    version: BigInt(next()),
    source: 'fuzz',
    patientRef: next() % 2 === 0 ? null : `p${next()}`,
    text: `Rash after amoxicillin, day ${next() % 100}. Stopped it; better since, no fever.`,
    receivedAtMs: 1_700_000_000_000,
  });
}

function framed(schemaId: number, body: Buffer): Buffer {
  const value = Buffer.alloc(5 + body.length);
  value.writeInt32BE(schemaId, 1);
  body.copy(value, 5);
  return value;
}

/** A number as Avro writes it. */
function zigzag(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}

const randomBytes = (next: Next, length: number) => Buffer.from(Array.from({ length }, () => next() & 0xff));

const randomText = (next: Next) =>
  `${String.fromCharCode(33 + (next() % 90))}${next().toString(36)}${NASTY_TEXT[next() % NASTY_TEXT.length]}`;
const NASTY_TEXT = ['', ' ', '\u0000', '\n', '🩺', '"', "'; --"];
