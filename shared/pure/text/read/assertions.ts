import type { Assertion } from '@epee/records';
import type { PlannedSentence } from '../cut/note-plan.ts';
import { combineAssertion, type MentionOpinion, type ModelOpinion } from '../facts/combine.ts';
import { type MentionContext, readContext } from '../facts/context.ts';
import { type FactSpan, isHead } from '../facts/types.ts';
import { type PlacedWords, placeOf } from './places.ts';
import type { Opinion, Opinions, Span } from './tags.ts';

/** How a sentence speaks of its problems, medications, tests and procedures. Ranges are of the note, UTF-16 units. */
export interface SentenceAssertions {
  /** All facts of the sentence, in order. */
  readonly spans: readonly FactSpan[];
  readonly of: ReadonlyMap<Span, { readonly assertion: Assertion; readonly context: MentionContext }>;
}

const NONE: SentenceAssertions = { spans: [], of: new Map() };

/**
 * The assertions of a sentence's facts: what the model says of their words, and what ConText's rules say of the sentence.
 *
 * @param found facts of the sentence, in order; `opinions` belong to them
 */
export function readAssertions(
  text: string,
  sentence: PlacedWords & { readonly range: PlannedSentence },
  found: readonly Span[],
  opinions: readonly Opinions[],
): SentenceAssertions {
  // Most sentences of most notes: nothing is to be read in them.
  if (found.length === 0) return NONE;
  const facts = found.map((span, index) => ({ span, opinions: opinions[index]!, place: placeOf(text, sentence, span) }));
  const spans = facts.map(({ span, place }) => ({ label: span.label, ...place }));
  const { start, end, heading } = sentence.range;
  const contexts = readContext({ text, sentence: { start, end }, spans, heading });
  const heads = facts.filter(({ span }) => isHead(span.label));
  const entries = heads.map((fact, index) => {
    const context = contexts[index]!;
    return [fact.span, { context, assertion: combineAssertion(context, mentionOpinion(fact.opinions)) }] as const;
  });
  return { spans, of: new Map(entries) };
}

/** The tags of a model, which leave the default unsaid, as probabilities. */
const mentionOpinion = ({ certainty, time, subject, action }: Opinions): MentionOpinion => ({
  certainty: probabilities(certainty, 'present'),
  time: probabilities(time, 'current'),
  subject: probabilities(subject, 'patient'),
  action: probabilities(action, 'none'),
});

/** The likeliest value has its probability; the default, where it is another, all of the rest. */
function probabilities<V extends string>(opinion: Opinion | null, fallback: V): ModelOpinion<V> {
  if (opinion === null) return null;
  const { value, confidence } = opinion;
  const found = { [value ?? fallback]: confidence } as Partial<Record<V, number>>;
  return value === null ? found : { [fallback]: 1 - confidence, ...found };
}
