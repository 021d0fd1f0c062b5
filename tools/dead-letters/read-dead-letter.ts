import { createCodec, openRegistry } from '@epee/avro';
import type { CliConfig } from '@epee/config';
import type { ClinicalNote } from '@epee/records';
import type { CliContext } from '@epee/terminal';
import { counted, write } from '@epee/terminal';
import { auditPayload } from './audit.ts';
import { idText, isoTime, type Letter, type LetterId, letterJson } from './letter.ts';
import type { Mark } from './marks.ts';
import { operatorName } from './operator.ts';
import type { FullLetter } from './settle.ts';
import { notFound, openLetters, stateOf } from './store.ts';

/** What `epee dead-letters show` was asked for. */
export interface ShowRequest {
  readonly id: LetterId;
  /** Key and value, too; written down in the audit log. */
  readonly withPayload: boolean;
  readonly json: boolean;
}

/** The bytes of a letter. `note` is null where the value cannot be read as one. */
interface Payload {
  readonly key: string | null;
  readonly valueBase64: string | null;
  readonly note: (Omit<ClinicalNote, 'version'> & { readonly version: string }) | null;
}

/** Shows a dead letter. @throws EpeeError DEAD_LETTER_NOT_FOUND, AUDIT_FAILED, KAFKA_TOPIC_MISSING, KAFKA_UNREACHABLE */
export async function showLetter(
  { stdout, signal }: CliContext,
  config: CliConfig,
  { id, withPayload, json }: ShowRequest,
): Promise<number> {
  const store = await openLetters(config, signal);
  try {
    const selection = { ids: [id], codes: [], stages: [], origin: null, sinceMs: null, untilMs: null };
    const found: FullLetter[] = [];
    await store.read(await store.ranges(selection), selection, (letters) => void found.push(...letters));
    const [full] = found;
    if (full === undefined) throw notFound(store.topic, [id]);
    const marks = await store.marks();
    const mark = marks.of(full.letter);
    let payload: Payload | null = null;
    if (withPayload) {
      await store.ensureOperatorTopics();
      const letter = `${store.topic}/${id.partition}/${id.offset}`;
      await auditPayload(() => store.kafka.producer(), config.operator.auditTopic, {
        operator: operatorName(config),
        letter,
        timeMs: Date.now(),
      });
      payload = await payloadOf(full, config);
    }
    const state = stateOf(full.letter, marks);
    if (json)
      await write(stdout, `${JSON.stringify({ ...letterJson(full.letter, state), mark, ...(payload === null ? {} : { payload }) })}\n`);
    else await write(stdout, inWords(full.letter, mark, payload, config.operator.auditTopic));
    return 0;
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

function inWords(letter: Letter, mark: Mark | null, payload: Payload | null, auditTopic: string): string {
  const { origin, history } = letter;
  const lines: [string, string][] = [
    ['letter', idText(letter)],
    [
      'state',
      mark === null
        ? 'open'
        : `${mark.outcome} by ${mark.operator}, ${isoTime(mark.timeMs)}${mark.reason === null ? '' : `: ${mark.reason}`}`,
    ],
    ['code', letter.code],
    ['stage', letter.stage],
    ['message', letter.message],
    ['origin', origin === null ? 'unknown' : `topic ${origin.topic}, partition ${origin.partition}, offset ${origin.offset}`],
    ['failed', letter.failedMs === null ? 'unknown' : isoTime(letter.failedMs)],
    ['written', isoTime(letter.writtenMs)],
    ['attempts', String(letter.attempts)],
    ...history.map(({ code, timeMs }): [string, string] => ['  before', `${code}, ${isoTime(timeMs)}`]),
    ['policy', letter.policy ?? "the worker's own"],
    ['key', counted(letter.keyBytes, 'byte')],
    ['value', letter.valueBytes === null ? 'none' : counted(letter.valueBytes, 'byte')],
  ];
  const table = lines.map(([name, value]) => `${name.padEnd(10)}${value.replace(/\p{Cc}+/gu, ' ')}`).join('\n');
  if (payload === null)
    return `${table}\n\nKey and value are not shown; --with-payload shows them and writes that down in ${auditTopic}.\n`;
  const body = payload.note === null ? `value (base64)\n${payload.valueBase64 ?? ''}` : `note\n${JSON.stringify(payload.note, null, 2)}`;
  return `${table}\n\nWritten down in ${auditTopic}.\nkey       ${JSON.stringify(payload.key)}\n${body}\n`;
}
