import { EpeeError } from '@epee/errors';
import type { Encoding, TaggingOutcome, Tokenizer } from '@epee/model';
import type { ClinicalNote } from '@epee/records';
import { checkText } from '../cut/check-text.ts';
import { type NotePlan, type PlannedSentence, planNote, type TextMode } from '../cut/note-plan.ts';
import { type CandidatePair, candidatePairs } from '../rows/pairs.ts';
import { relationRow } from '../rows/relation-rows.ts';
import {
  classificationRow,
  type EncodedText,
  headingContext,
  NO_CONTEXT,
  type NoteRow,
  type NoteRowId,
  type RowHead,
  SPECIAL_TOKENS,
  taggingRow,
} from '../rows/rows.ts';
import type { TaskPolicies, TextTasks } from '../rows/text-tasks.ts';
import { cutWindows, type Window, wordsOf } from '../rows/windows.ts';
import { readAssertions, type SentenceAssertions } from './assertions.ts';
import type { Answer, Attempt } from './attempt.ts';
import { eventsOf, type SentenceEvent } from './events.ts';
import { ENTITY_GROUP, TRIGGER_GROUP } from './groups.ts';
import { axisOpinions, decodeSpans, type Span } from './tags.ts';
import { wholeSpans } from './whole-spans.ts';

/** A note to be read. Every {@link ClinicalNote} is one. */
export interface NoteToRead extends Omit<ClinicalNote, 'receivedAtMs'> {
  /** Named exit policy of this note; without one, the call's. */
  readonly policyName?: string;
}

/** What the steps of reading share. */
export interface ReadingTools {
  readonly tasks: TextTasks;
  readonly special: Pick<Tokenizer, 'clsId' | 'sepId'>;
  readonly maxTextBytes: number;
}

/** A note whose text was found good and cut up. */
export interface PlannedNote {
  readonly note: NoteToRead;
  readonly policyName: string;
  readonly policies: TaskPolicies;
  readonly plan: NotePlan;
  /** Titles that rows read before their sentences, each once. */
  readonly headings: readonly string[];
  /** Texts to be encoded: of the sections that the model is to label, then of the sentences, then the headings. */
  readonly texts: readonly string[];
}

/** A sentence as encoded, with its windows; the answers for these stand side by side. */
export interface EncodedSentence extends EncodedText {
  readonly range: PlannedSentence;
  readonly windows: readonly Window[];
  /** Tokens that each of its rows reads before its own. */
  readonly contextTokens: number;
}

/** A note whose sections and sentences are rows. */
export interface EncodedNote extends PlannedNote {
  readonly sentences: readonly EncodedSentence[];
  /** Rows of the sections that have no label yet, then those of the sentences, window by window. */
  readonly rows: readonly NoteRow[];
}

/** What was found in a sentence. */
export interface ReadSentence extends EncodedSentence {
  /** Facts, and the arguments of `events`; of a model without facts, every span but the triggers. */
  readonly entities: readonly Span[];
  readonly assertions: SentenceAssertions;
  readonly events: readonly SentenceEvent[];
  /** Pairs that are asked about: one relation row each. */
  readonly pairs: readonly CandidatePair[];
}

/** A note whose sections and sentences are answered, and whose pairs are rows. */
export interface ReadNote {
  readonly encoded: EncodedNote;
  readonly answers: readonly Answer[];
  readonly sentences: readonly ReadSentence[];
  readonly rows: readonly NoteRow[];
  /** Candidate pairs that were not asked about: too many in their sentence, or too far apart for one row. */
  readonly pairsLeftOut: number;
}

/**
 * Checks a note's text and cuts it into sections and sentences. A note that takes its document back
 * has no text, so nothing of it is read.
 */
export function openNote(
  note: NoteToRead,
  { mode, policyName, policies, tools }: { mode: TextMode; policyName: string; policies: TaskPolicies; tools: ReadingTools },
): Attempt<PlannedNote> {
  if (note.retraction !== null) return { note, policyName, policies, plan: { sections: [], sentences: [] }, headings: [], texts: [] };
  const problem = checkText(note.text, tools.maxTextBytes);
  if (problem !== null) return problem;
  const { sections, tagging } = tools.tasks;
  const whole = planNote(note.text, { mode, labels: sections?.labels ?? [], maxTokens: sections?.maxTokens ?? 0 });
  const plan = { sections: sections === null ? [] : whole.sections, sentences: tagging === null ? [] : whole.sentences };
  const headings = tagging?.headingTokens ? distinctHeadings(plan.sentences) : [];
  const texts = [
    ...plan.sections.filter(({ label }) => label === null).map(({ text }) => text),
    ...plan.sentences.map(({ textStart, end }) => note.text.slice(textStart, end)),
    ...headings,
  ];
  return { note, policyName, policies, plan, headings, texts };
}

function distinctHeadings(sentences: readonly PlannedSentence[]): string[] {
  return [...new Set(sentences.flatMap(({ heading }) => (heading === null ? [] : [heading.title])))];
}

/** Makes the rows of a note's sections and sentences. `encodings` belong to `planned.texts`. */
export function encodeNote(
  planned: PlannedNote,
  encodings: readonly Encoding[],
  noteIndex: number,
  { tasks, special }: ReadingTools,
): EncodedNote {
  const rows: NoteRow[] = [];
  const head = (task: string) => ({ id: { note: noteIndex, row: rows.length }, task, policy: planned.policies[task]! });
  const sectionCount = encodings.length - planned.plan.sentences.length - planned.headings.length;
  for (const encoding of encodings.slice(0, sectionCount)) {
    rows.push(classificationRow(head('sections'), encoding, tasks.sections!.maxTokens, special));
  }
  const firstHeading = sectionCount + planned.plan.sentences.length;
  const contexts = new Map(
    planned.headings.map((title, index) => [
      title,
      headingContext(encodings[firstHeading + index]!, tasks.tagging!.headingTokens ?? 0, special),
    ]),
  );
  const sentences = planned.plan.sentences.map((range, index) => {
    const encoding = encodings[sectionCount + index]!;
    const words = wordsOf(encoding);
    const { name, maxTokens } = tasks.tagging!;
    const context = contexts.get(range.heading?.title ?? '') ?? NO_CONTEXT;
    const windows = cutWindows(words, maxTokens - SPECIAL_TOKENS - context.length);
    for (const window of windows) rows.push(taggingRow(head(name), { encoding, words }, window, maxTokens, special, context));
    return { range, encoding, words, windows, contextTokens: context.length };
  });
  return { ...planned, sentences, rows };
}

/** Reads the answers for a note's sentences: entities, events and candidate pairs, and the rows that ask about these. */
export function readSentences(encoded: EncodedNote, answers: readonly Answer[], noteIndex: number, tools: ReadingTools): ReadNote {
  const rows: NoteRow[] = [];
  let pairsLeftOut = 0;
  let next = encoded.rows.length - encoded.sentences.reduce((sum, { windows }) => sum + windows.length, 0);
  const sentences = encoded.sentences.map((sentence) => {
    const outcomes = answers.slice(next, next + sentence.windows.length).map(tagging);
    next += sentence.windows.length;
    const { textStart, end } = sentence.range;
    const { groups, confidence } = tools.tasks.tagging!;
    const tagged = { ...sentence, outcomes };
    const spans = wholeSpans(decodeSpans(tagged, groups, confidence), sentence.words, encoded.note.text.slice(textStart, end));
    const facts = spans.filter(({ group }) => group === ENTITY_GROUP);
    const assertions = readAssertions(encoded.note.text, sentence, facts, axisOpinions(tagged, groups, facts));
    const findsFacts = groups.some(({ name }) => name === ENTITY_GROUP);
    const events = eventsOf(spans, sentence.words, { found: findsFacts, assertions });
    const entities = entitiesOf(spans, events, findsFacts);
    const asked = askAboutPairs(sentence, entities, tools, (index) => ({
      id: { note: noteIndex, row: rows.length + index },
      task: 'relations',
      policy: encoded.policies.relations!,
    }));
    rows.push(...asked.rows);
    pairsLeftOut += asked.leftOut;
    return { ...sentence, entities, assertions, events, pairs: asked.pairs };
  });
  return { encoded, answers, sentences, rows, pairsLeftOut };
}

/**
 * Where the model finds facts, the spans of event groups count only where an event takes them: a role without an event says nothing that a fact does not say better.
 */
function entitiesOf(spans: readonly Span[], events: readonly SentenceEvent[], findsFacts: boolean): Span[] {
  if (!findsFacts) return spans.filter(({ group }) => group !== TRIGGER_GROUP);
  const taken = new Set(events.flatMap(({ entities }) => entities));
  return spans.filter((span) => span.group === ENTITY_GROUP || taken.has(span));
}

function askAboutPairs(
  sentence: EncodedSentence,
  entities: readonly Span[],
  { tasks, special }: ReadingTools,
  headOf: (index: number) => RowHead<NoteRowId>,
): { pairs: CandidatePair[]; rows: NoteRow[]; leftOut: number } {
  if (tasks.relations === null) return { pairs: [], rows: [], leftOut: 0 };
  const { maxTokens, relation } = tasks.relations;
  const candidates = candidatePairs(entities, sentence.words, relation!.candidates);
  const pairs: CandidatePair[] = [];
  const rows: NoteRow[] = [];
  for (const pair of candidates.pairs) {
    const row = relationRow(headOf(rows.length), sentence, pair, { maxTokens, markerIds: relation!.markerTokenIds, special });
    if (row === null) continue;
    pairs.push(pair);
    rows.push(row);
  }
  return { pairs, rows, leftOut: candidates.leftOut + candidates.pairs.length - pairs.length };
}

function tagging(answer: Answer): TaggingOutcome {
  if (answer.kind === 'tagging') return answer;
  throw new EpeeError('INTERNAL', `the engine answered a row of task ${answer.task} without tags`, { stage: 'engine' });
}
