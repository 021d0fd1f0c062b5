import { EpeeError } from '@epee/errors';
import type { LoadedModel } from '@epee/model';
import {
  type ClinicalEvent,
  type ComputeUse,
  type Entity,
  type ExtractedItem,
  type ExtractionResult,
  emptyResult,
  type Relation,
  type Section,
} from '@epee/records';
import { type CodePointOffset, codePointOffsets } from '../cut/code-points.ts';
import type { Range } from '../cut/lines.ts';
import type { Answer } from './attempt.ts';
import type { SentenceEvent } from './events.ts';
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
  { model, processedAtMs }: { model: LoadedModel; processedAtMs: number },
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
    entities: entities.map(
      (placed): Entity => ({
        id: entityIds.get(placed.value)!,
        label: placed.value.label,
        ...itemOf(source, placed, placed.value),
        assertion: null,
        codes: [],
        parsed: null,
      }),
    ),
    events: assembleEvents(read, source, entityIds),
    relations: assembleRelations(read, source, entityIds, relationAnswers),
    models: [{ name: model.name, version: model.version, sha256: model.sha256, policy: policyName }],
    compute: computeUse([...read.answers, ...relationAnswers], model.layers),
  };
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
    assertion: null,
  }));
}

function assembleRelations(read: ReadNote, source: Source, entityIds: ReadonlyMap<Span, string>, answers: readonly Answer[]): Relation[] {
  const pairs = read.sentences.flatMap((sentence) => sentence.pairs.map((pair) => ({ sentence, pair })));
  const relations = pairs.flatMap(({ sentence, pair: { head, tail } }, index): Relation[] => {
    const answer = pooled(answers[index]!);
    if (answer.label === NO_RELATION) return [];
    const [a, b] = [placeOf(source, sentence, head), placeOf(source, sentence, tail)];
    const range = { start: Math.min(a.start, b.start), end: Math.max(a.end, b.end) };
    return [{ label: answer.label, headId: entityIds.get(head)!, tailId: entityIds.get(tail)!, ...itemOf(source, range, answer) }];
  });
  return relations.sort((a, b) => a.start - b.start || a.end - b.end);
}

/** Spans of all sentences in order of occurrence; of those that begin together the longer first. */
function placeSpans<T>(
  { sentences }: ReadNote,
  source: Source,
  spansOf: (sentence: ReadSentence) => { span: Span; value: T }[],
): Placed<T>[] {
  return sentences
    .flatMap((sentence) => spansOf(sentence).map(({ span, value }) => ({ ...placeOf(source, sentence, span), value, sentence })))
    .sort((a, b) => a.start - b.start || b.end - a.end);
}

function placeOf({ text }: Source, { range, words }: ReadSentence, { firstWord, endWord }: Span): Range {
  const start = range.textStart + words[firstWord]!.start;
  let end = range.textStart + words[endWord - 1]!.end;
  // Tokenizers that strip accents end a word before its last combining mark.
  while (end < range.end && /^\p{M}/u.test(text.slice(end, end + 2))) end += text.codePointAt(end)! > 0xffff ? 2 : 1;
  return { start, end };
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
