import { createCodec, openRegistry } from '@epee/avro';
import type { CliConfig } from '@epee/config';
import type { ClinicalNote } from '@epee/records';
import { counted } from '@epee/terminal';
import { auditPayload } from './audit.ts';
import { isoTime, type LetterId, type LetterReport, reportOf } from './letter.ts';
import type { Mark } from './marks.ts';
import { operatorName } from './operator.ts';
import { selectionOf } from './selection.ts';
import type { FullLetter } from './settle.ts';
import { notFound, openLetters, stateOf } from './store.ts';

/** Which dead letter is read. */
export interface ReadRequest {
  readonly id: LetterId;
  /** Whether key and value are read as well; that is written to the audit log first. */
  readonly withPayload: boolean;
}

/** The bytes of a dead letter. `note` is null where the value cannot be read as one. */
export interface Payload {
  readonly key: string | null;
  readonly valueBase64: string | null;
  readonly note: (Omit<ClinicalNote, 'version'> & { readonly version: string }) | null;
}

/** A dead letter with what was done with it, and its bytes where they were asked for. */
export interface FullLetterReport extends LetterReport {
  readonly mark: Mark | null;
  readonly payload?: Payload;
}

/** Reads one dead letter. @throws EpeeError DEAD_LETTER_NOT_FOUND, AUDIT_FAILED, KAFKA_TOPIC_MISSING, KAFKA_UNREACHABLE */
export async function readDeadLetter({ id, withPayload }: ReadRequest, config: CliConfig, signal: AbortSignal): Promise<FullLetterReport> {
  const store = await openLetters(config, signal);
  try {
    const selection = selectionOf([id]);
    const found: FullLetter[] = [];
    await store.read(await store.ranges(selection), selection, { onLetters: (letters) => void found.push(...letters) });
    const [full] = found;
    if (full === undefined) throw notFound(store.topic, [id]);
    const marks = await store.marks();
    const report = { ...reportOf(full.letter, stateOf(full.letter, marks)), mark: marks.of(full.letter) };
    if (!withPayload) return report;
    await store.ensureOperatorTopics();
    await auditPayload(() => store.kafka.producer(), config.operator.auditTopic, {
      operator: operatorName(config),
      letter: `${store.topic}/${id.partition}/${id.offset}`,
      timeMs: Date.now(),
    });
    return { ...report, payload: await payloadOf(full, config) };
  } finally {
    await store.close();
  }
}

async function payloadOf({ record }: FullLetter, config: CliConfig): Promise<Payload> {
  const codec = await createCodec(await openRegistry(config.schemaRegistry), { topics: config.topics });
  const note = await codec.decodeNote(record.value).catch(() => null);
  return {
    key: record.key?.toString('utf8') ?? null,
    valueBase64: record.value?.toString('base64') ?? null,
    note: note === null ? null : { ...note, version: note.version.toString() },
  };
}

/** A dead letter in words, with its bytes where the report has them. */
export function deadLetterText(report: FullLetterReport): string {
  const { origin, mark, payload } = report;
  const lines: [string, string][] = [
    ['dead letter', report.letter],
    ['state', mark === null ? 'open' : markText(mark)],
    ['code', report.code],
    ['stage', report.stage],
    ['message', report.message],
    ['origin', origin === null ? 'unknown' : `topic ${origin.topic}, partition ${origin.partition}, offset ${origin.offset}`],
    ['failed', report.failed ?? 'unknown'],
    ['written', report.written],
    ['attempts', String(report.attempts)],
    ...report.history.map(({ code, time }): [string, string] => ['  before', `${code}, ${time}`]),
    ['policy', report.policy ?? "the worker's own"],
    ['key', counted(report.keyBytes, 'byte')],
    ['value', report.valueBytes === null ? 'none' : counted(report.valueBytes, 'byte')],
  ];
  const table = lines.map(([name, value]) => `${name.padEnd(13)}${value.replace(/\p{Cc}+/gu, ' ')}`).join('\n');
  if (payload === undefined) return table;
  const body = payload.note === null ? `value (base64)\n${payload.valueBase64 ?? ''}` : `note\n${JSON.stringify(payload.note, null, 2)}`;
  return `${table}\n\nkey          ${JSON.stringify(payload.key)}\n${body}`;
}

const markText = ({ outcome, operator, timeMs, reason }: Mark) =>
  `${outcome} by ${operator}, ${isoTime(timeMs)}${reason === null ? '' : `: ${reason}`}`;
