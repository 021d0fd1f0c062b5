import { EpeeError } from '@epee/errors';
import type { LoadedModel } from '@epee/model';
import {
  type Assertion,
  type AssertionAxis,
  type ClinicalEvent,
  type ComputeUse,
  type Entity,
  type ExtractedItem,
  type ExtractionResult,
  emptyResult,
  type Relation,
  type Section,
} from '@epee/records';
import type { Terminology } from '@epee/terminology';
import { type CodePointOffset, codePointOffsets } from '../cut/code-points.ts';
import type { Range } from '../cut/lines.ts';
import { judgePair } from '../facts/adverse.ts';
import { attachAttributes } from '../facts/attributes.ts';
import { parseValue } from '../facts/parse-values.ts';
import type { CandidatePair } from '../rows/pairs.ts';
import type { Answer } from './attempt.ts';
import { factsAt, isThere, type SentenceEvent } from './events.ts';
import { ENTITY_GROUP } from './groups.ts';
import { placeOf } from './places.ts';
import type { ReadNote, ReadSentence } from './read-note.ts';
import type { Span } from './tags.ts';

/** Label of a candidate pair between which no relation holds. */
const NO_RELATION = 'none';

/** A sentence's span with the place in the note that it stands at. */
interface Placed<T> extends Range {
  readonly value: T;
  readonly sentence: ReadSentence;
}

/** What every step of the assembly needs of the note. */
interface Source {
  readonly text: string;
  readonly offset: CodePointOffset;
}

/**
 * Builds a note's result from all answers.
 *
 * @param relationAnswers one for each pair of the note's sentences, in their order
 */
export function assembleResult(
  read: ReadNote,
  relationAnswers: readonly Answer[],
  { model, processedAtMs, terminology }: { model: LoadedModel; processedAtMs: number; terminology: Terminology },
): ExtractionResult {
  const { note, policyName } = read.encoded;
  const result = emptyResult(note, 'note', processedAtMs);
  if (note.retraction !== null) return result;
  const source: Source = { text: note.text, offset: codePointOffsets(note.text) };
  const entities = placeSpans(read, source, (sentence) => sentence.entities.map((span) => ({ span, value: span })));
  const entityIds = new Map(entities.map(({ value }, index) => [value, `e${index + 1}`]));
  return {
    ...result,
    sections: assembleSections(read, source),
    entities: entities.map((placed) => ({ id: entityIds.get(placed.value)!, ...assembleEntity(placed, source, terminology) })),
    events: assembleEvents(read, source, entityIds),
    relations: [
      ...assembleRelations(read, source, entityIds, relationAnswers),
      ...assembleAttributes(entities, source, entityIds, read.encoded.plan.sentences),
    ].sort((a, b) => a.start - b.start || a.end - b.end),
    models: [{ name: model.name, version: model.version, sha256: model.sha256, policy: policyName }],
    terminologies: terminology.terminologies,
    compute: computeUse([...read.answers, ...relationAnswers], model.layers),
  };
}

function assembleEntity(placed: Placed<Span>, source: Source, { codesOf }: Terminology): Omit<Entity, 'id'> {
  const { value: span, sentence } = placed;
  const item = itemOf(source, placed, span);
  const assertion = sentence.assertions.of.get(span)?.assertion;
  const isFact = span.group === ENTITY_GROUP;
  return {
    label: span.label,
    ...item,
    assertion: assertion === undefined ? null : inCodePoints(assertion, source),
    codes: isFact ? codesOf(span.label, item.text) : [],
    parsed: isFact ? parseValue(span.label, item.text) : null,
  };
}

function inCodePoints({ certainty, time, subject, action }: Assertion, { offset }: Source): Assertion {
  const axis = <V extends string>({ cue, ...rest }: AssertionAxis<V>): AssertionAxis<V> => ({
    ...rest,
    cue: cue && { start: offset(cue.start), end: offset(cue.end) },
  });
  return { certainty: axis(certainty), time: axis(time), subject: axis(subject), action: action && axis(action) };
}

function assembleSections({ encoded, answers }: ReadNote, source: Source): Section[] {
  let next = 0;
  return encoded.plan.sections.map(({ range, label }) => {
    const heading = range.heading?.title ?? null;
    if (label !== null) return { label, heading, ...itemOf(source, range, { confidence: 1, exitLayer: 0, exitReason: 'heading' }) };
    const answer = pooled(answers[next++]!);
    return { label: answer.label, heading, ...itemOf(source, range, answer) };
  });
}

function assembleEvents(read: ReadNote, source: Source, entityIds: ReadonlyMap<Span, string>): ClinicalEvent[] {
  const events = placeSpans<SentenceEvent>(read, source, (sentence) =>
    sentence.events.map((event) => ({ span: event.trigger, value: event })),
  );
  return events.map((placed, index) => ({
    id: `v${index + 1}`,
    type: placed.value.trigger.label,
    arguments: placed.value.entities
      .map((entity) => ({ role: entity.label, entityId: entityIds.get(entity)! }))
      .sort((a, b) => Number(a.entityId.slice(1)) - Number(b.entityId.slice(1))),
    ...itemOf(source, placed, placed.value.trigger),
    assertion: eventAssertion(placed, source),
  }));
}

/** An event is told of as its effect is, else as its treatment. */
function eventAssertion({ value, sentence }: Placed<SentenceEvent>, source: Source): Assertion | null {
  const of = (role: string, labels: readonly string[]) =>
    value.entities
      .filter(({ label }) => label.startsWith(role))
      .flatMap((argument) => factsAt(argument, labels, sentence.assertions))
      .find(isThere);
  const found = of('Effect', ['problem']) ?? of('', ['medication', 'procedure']);
  return found === undefined ? null : inCodePoints({ ...found, action: null }, source);
}

/** Relations that the model was asked about, where it sees one and the note does not deny it. */
function assembleRelations(read: ReadNote, source: Source, entityIds: ReadonlyMap<Span, string>, answers: readonly Answer[]): Relation[] {
  const pairs = read.sentences.flatMap((sentence) => sentence.pairs.map((pair) => ({ sentence, pair })));
  return pairs.flatMap(({ sentence, pair: { head, tail } }, index): Relation[] => {
    const answer = pooled(answers[index]!);
    if (answer.label === NO_RELATION || !isStated(answer.label, { head, tail }, sentence, source)) return [];
    const range = hull(placeOf(source.text, sentence, head), placeOf(source.text, sentence, tail));
    return [{ label: answer.label, headId: entityIds.get(head)!, tailId: entityIds.get(tail)!, ...itemOf(source, range, answer) }];
  });
}

/** An adverse effect must be there, and the sentence must not speak against it. */
function isStated(label: string, { head, tail }: CandidatePair, sentence: ReadSentence, { text }: Source): boolean {
  const { spans, of } = sentence.assertions;
  const [cause, effect] = [of.get(head), of.get(tail)];
  if (label !== 'adverse_effect' || cause === undefined || effect === undefined) return true;
  if (!isThere(effect.assertion)) return false;
  const { verdict } = judgePair({ text, sentence: sentence.range, spans, medication: cause.context, problem: effect.context });
  return verdict === 'adverse_effect' || verdict === 'unknown';
}

/**
 * Doses, values and the like with what they belong to. A rule decides, from the text between the two: the relation is as sure as the less sure of its entities, and that
 * one's exit is the relation's.
 */
function assembleAttributes(
  entities: readonly Placed<Span>[],
  source: Source,
  entityIds: ReadonlyMap<Span, string>,
  sentences: readonly Range[],
): Relation[] {
  const facts = entities.filter(({ value }) => value.group === ENTITY_GROUP);
  const spans = facts.map(({ value, start, end }) => ({ label: value.label, start, end }));
  return attachAttributes(source.text, sentences, spans).map(({ label, head, tail }) => {
    const [a, b] = [facts[head]!, facts[tail]!];
    const lessSure = a.value.confidence < b.value.confidence ? a.value : b.value;
    return { label, headId: entityIds.get(a.value)!, tailId: entityIds.get(b.value)!, ...itemOf(source, hull(a, b), lessSure) };
  });
}

const hull = (a: Range, b: Range): Range => ({ start: Math.min(a.start, b.start), end: Math.max(a.end, b.end) });

/** Spans of all sentences in order of occurrence; of those that begin together the longer first. */
function placeSpans<T>(
  { sentences }: ReadNote,
  source: Source,
  spansOf: (sentence: ReadSentence) => { span: Span; value: T }[],
): Placed<T>[] {
  return sentences
    .flatMap((sentence) => spansOf(sentence).map(({ span, value }) => ({ ...placeOf(source.text, sentence, span), value, sentence })))
    .sort((a, b) => a.start - b.start || b.end - a.end);
}

function itemOf<R extends string>(
  { text, offset }: Source,
  { start, end }: Range,
  { confidence, exitLayer, exitReason }: { confidence: number; exitLayer: number; exitReason: R },
): Omit<ExtractedItem, 'exitReason'> & { exitReason: R } {
  return { start: offset(start), end: offset(end), text: text.slice(start, end), confidence, exitLayer, exitReason };
}

function computeUse(answers: readonly Answer[], layers: number): ComputeUse {
  return {
    rows: answers.length,
    layersRun: answers.reduce((sum, { exitLayer }) => sum + exitLayer, 0),
    layersFull: answers.length * layers,
    computeMs: answers.reduce((sum, { computeMs }) => sum + computeMs, 0),
  };
}

function pooled(answer: Answer): Extract<Answer, { kind: 'pooled' }> {
  if (answer.kind === 'pooled') return answer;
  throw new EpeeError('INTERNAL', `the engine answered a row of task ${answer.task} with tags`, { stage: 'engine' });
}
