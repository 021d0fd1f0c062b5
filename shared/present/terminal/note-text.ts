import {
  type ClinicalEvent,
  type Code,
  type Entity,
  type EntityKind,
  entityKind,
  type ResultJson,
  type ViewedFact,
  viewNote,
} from '@epee/records';

/** Whether to use colours and strokes; without them spans stand in brackets, with words for what is special. */
export interface NoteStyle {
  readonly colour: boolean;
}

const COLOURS: Readonly<Record<EntityKind, number>> = {
  problem: 31,
  medication: 34,
  test: 33,
  procedure: 35,
  value: 33,
  anatomy: 32,
  detail: 36,
  time: 90,
  severity: 31,
  other: 90,
};
const [DIM, STRUCK, UNDERLINED] = [2, 9, 4];

/** What the colours and strokes, or the brackets, mean; one line. */
export function noteLegend({ colour }: NoteStyle): string {
  if (!colour) return 'Found words stand in [brackets], with what is special of them in front: [absent: fever].';
  const names = (['problem', 'medication', 'test', 'procedure', 'value', 'anatomy', 'detail', 'time'] as const).map((kind) =>
    painted(kind === 'detail' ? 'dose, route, frequency' : kind, [COLOURS[kind]]),
  );
  return `${names.join('  ')}  ${painted('absent', [STRUCK])}  ${painted('past', [DIM])}  possible?  relative (family)`;
}

/**
 * A note's text with its facts: each line as it stands, with what was found set off, and below it
 * its facts with what belongs to them. Control characters of the note do not reach the terminal.
 * @param text of the note that the result is of
 */
export function noteText(text: string, result: Pick<ResultJson, 'entities' | 'events' | 'relations'>, style: NoteStyle): string {
  const names = new Map(result.entities.map((entity) => [entity.id, oneLine(entity.text)]));
  const lines = viewNote(text, result).flatMap(({ runs, facts, events }) => [
    runs.map(({ text: piece, entity }) => (entity === null ? clean(piece) : spanText(clean(piece), entity, style))).join(''),
    ...facts.map((fact) => factText(fact, style)),
    ...events.map((event) => eventText(event, names, style)),
  ]);
  return lines.join('\n');
}

function spanText(text: string, entity: Entity, { colour }: NoteStyle): string {
  const { certainty, time, subject, action } = entity.assertion ?? {};
  const marks = [certainty, time, subject].flatMap((axis) => (axis === undefined || DEFAULTS.has(axis.value) ? [] : [axis.value]));
  if (!colour)
    return `[${[...marks, ...(action?.value === 'allergy' ? ['allergy'] : [])].join(', ')}${marks.length > 0 || action?.value === 'allergy' ? ': ' : ''}${text}]`;
  const codes = [
    COLOURS[entityKind(entity.label)],
    ...(certainty?.value === 'absent' ? [STRUCK] : []),
    ...(time?.value === 'past' ? [DIM] : []),
    ...(time?.value === 'future' ? [UNDERLINED] : []),
  ];
  const unsure = certainty?.value === 'possible' || certainty?.value === 'hypothetical' ? '?' : '';
  const whose = subject === undefined || subject.value === 'patient' ? '' : ` (${subject.value})`;
  return painted(text, codes) + unsure + whose;
}

const DEFAULTS: ReadonlySet<string> = new Set(['present', 'current', 'patient']);

function factText({ entity, qualifiers, links }: ViewedFact, { colour }: NoteStyle): string {
  const parts = [...qualifiers, ...links.map(({ name, entity: other }) => oneLine(`${name} ${other.text}`)), ...entity.codes.map(codeText)];
  const label = oneLine(entity.label).padEnd(10);
  const name = colour ? painted(label, [COLOURS[entityKind(entity.label)]]) : label;
  const line = `    ${name} ${oneLine(entity.text)}${parts.length === 0 ? '' : ` | ${parts.join(' | ')}`}`;
  return colour ? line : line.trimEnd();
}

function eventText({ type, text, arguments: filled }: ClinicalEvent, names: ReadonlyMap<string, string>, { colour }: NoteStyle): string {
  const words = filled.map(
    ({ role, entityId }) => `${oneLine(role).replace(/^.*\./, '').toLowerCase()} ${names.get(entityId) ?? entityId}`,
  );
  const label = oneLine(type).replaceAll('_', ' ').toLowerCase();
  const line = `    ${colour ? painted(label, [1]) : label} "${oneLine(text)}"`;
  return words.length === 0 ? line : `${line} | ${words.join(' | ')}`;
}

const codeText = ({ system, code, display }: Code) => oneLine(`${system} ${code} ${display}`);

const painted = (text: string, codes: readonly number[]) => `\x1b[${codes.join(';')}m${text}\x1b[0m`;

/** A note must not steer the reader's terminal; tabs stay. */
const clean = (text: string) => text.replace(/[^\P{C}\t]/gu, '\ufffd');

const oneLine = (text: string) => text.replace(/[\s\p{C}]+/gu, ' ').trim();
