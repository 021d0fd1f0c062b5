import type { Assertion, AssertionAxis } from '@epee/records';
import type { PlannedSentence } from '../cut/note-plan.ts';
import { type MentionContext, readContext } from '../facts/context.ts';
import { type ContextAxis, isHead } from '../facts/types.ts';
import { ENTITY_GROUP } from './groups.ts';
import { type PlacedWords, placeOf } from './places.ts';
import type { Opinion, Opinions, Span } from './tags.ts';

/** An assertion whose cues are ranges of the note, UTF-16 units. */
export type SpanAssertion = Assertion;

/** Beyond this the model is right more often than the rules where the two differ, whatever these say. */
const SURE = 0.9;

/**
 * The assertions of a sentence's problems, medications, tests and procedures: what the model says of their words, and what ConText's rules say of the sentence.
 *
 * @param spans of the sentence, in order; `opinions` belong to them
 */
export function readAssertions(
  text: string,
  sentence: PlacedWords & { readonly range: PlannedSentence },
  spans: readonly Span[],
  opinions: readonly Opinions[],
): Map<Span, SpanAssertion> {
  const facts = spans
    .flatMap((span, index) => (span.group === ENTITY_GROUP ? [{ span, opinions: opinions[index]!, place: placeOf(text, sentence, span) }] : []))
    .toSorted((a, b) => a.place.start - b.place.start);
  const { start, end, heading } = sentence.range;
  const contexts = readContext({
    text,
    sentence: { start, end },
    spans: facts.map(({ span, place }) => ({ label: span.label, ...place })),
    heading,
  });
  const heads = facts.filter(({ span }) => isHead(span.label));
  return new Map(heads.map((fact, index) => [fact.span, combined(contexts[index]!, fact.opinions)]));
}

function combined(context: MentionContext, opinions: Opinions): SpanAssertion {
  const action = context.span.label === 'medication' ? actionOf(context.action, opinions.action) : null;
  return {
    certainty: weighed(context.certainty, opinions.certainty, 'present'),
    time: weighed(context.time, opinions.time, 'current'),
    subject: weighed(context.subject, opinions.subject, 'patient'),
    action,
  };
}

/** Where rules and model differ, the surer one; a rule is as sure as it proved to be. */
function weighed<V extends string>(rule: ContextAxis<V>, opinion: Opinion | null, fallback: V): AssertionAxis<V> {
  const { value, source, cue, strength } = rule;
  const model = (opinion?.value ?? fallback) as V;
  if (opinion === null || model === value) return { value, source, cue };
  if (opinion.confidence < SURE && strength > opinion.confidence) return { value, source, cue };
  return { value: model, source: 'model', cue: null };
}

/** As {@link weighed}; null where nothing is done with the medication. */
function actionOf(rule: MentionContext['action'], opinion: Opinion | null): SpanAssertion['action'] {
  type Action = NonNullable<SpanAssertion['action']>['value'];
  const none = { value: 'none' as Action | 'none', source: 'default' as const, cue: null, strength: 0 };
  const { value, source, cue } = weighed(rule ?? none, opinion, 'none');
  return value === 'none' ? null : { value, source, cue };
}
