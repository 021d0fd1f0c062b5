import type { AssertedSubject, AssertedTime, Certainty, MedicationAction } from '@epee/records';
import type { Range } from '../cut/lines.ts';
import { cuesOf, type Said, scopesOf } from './cue-scopes.ts';
import { doseChange } from './dose-changes.ts';
import { type MarkedSentence, type Mention, markSentence } from './marked-sentence.ts';
import { type InlineTitle, inlineTitles, type SectionKind, sectionKind } from './section-priors.ts';
import { experiencers } from './subject.ts';
import { switches } from './switches.ts';
import { isEpisode, timeOfWords } from './time-words.ts';
import type { ContextAxis, FactSpan } from './types.ts';

/** A sentence to read. */
export interface ContextInput {
  /** The note, or the sentence alone. */
  readonly text: string;
  readonly sentence: Range;
  /** All spans of the sentence, in order, attributes included: they say how far cues reach. */
  readonly spans: readonly FactSpan[];
  /** Heading of the sentence's section, in the same text; null without one. */
  readonly heading: (Range & { readonly title: string }) | null;
}

/** What the rules say of a mention. `action` is null on all but medications that something is done with. */
export interface MentionContext {
  readonly span: FactSpan;
  readonly certainty: ContextAxis<Certainty>;
  readonly time: ContextAxis<AssertedTime>;
  readonly subject: ContextAxis<AssertedSubject>;
  readonly action: ContextAxis<MedicationAction> | null;
}

const AXES = ['certainty', 'time', 'action'] as const;

/** How often a default is right where no rule speaks (train split of the clinical notes). */
const DEFAULT_STRENGTH = 0.9;

/**
 * Reads the assertions of a sentence's problems, medications, tests and procedures by rule: ConText (Harkema et al. 2009) with a trigger table of our own, the
 * signs of forms, relatives, time expressions, and what the heading says.
 *
 * @returns one entry per mention, in order
 */
export function readContext({ text, sentence, spans, heading }: ContextInput): MentionContext[] {
  const marked = markSentence(text, sentence, spans);
  if (marked.mentions.length === 0) return [];
  const titles = inlineTitles(text, sentence);
  const whole = heading === null || isOtherParagraph(text, heading, sentence) ? 'other' : sectionKind(heading.title);
  const said = AXES.flatMap((axis) => scopesOf(marked, cuesOf(marked, spans, axis)));
  const people = subjects(marked, titles, whole);
  const swapped = switches(marked);
  return marked.mentions.map((mention, index) => {
    const own = said.filter((each) => each.mention === index);
    const kind = kindAt(titles, whole, mention.span.start);
    return {
      span: mention.span,
      certainty: certaintyOf(text, mention, own, kind),
      time: timeOf(marked, mention, own, { kind, spans }),
      subject: people[index]!,
      action: mention.span.label === 'medication' ? (swapped.get(index) ?? actionOf(own, kind) ?? dosed(marked, index)) : null,
    };
  });
}

/** Sections whose heading speaks of the paragraph below it alone: what follows a blank line is often no longer under it. */
const ONE_PARAGRAPH: ReadonlySet<SectionKind> = new Set(['family', 'allergies', 'past', 'pastProcedures']);

function isOtherParagraph(text: string, heading: Range & { readonly title: string }, sentence: Range): boolean {
  if (!ONE_PARAGRAPH.has(sectionKind(heading.title))) return false;
  return /\S[^\S\n]*\n[^\S\n]*\n/.test(text.slice(heading.end, sentence.start).trimStart());
}

/** What the last title before a mention says, else the section's heading. */
function kindAt(titles: readonly InlineTitle[], whole: SectionKind, start: number): SectionKind {
  return titles.findLast((title) => title.end <= start)?.kind ?? whole;
}

const byDefault = <Value extends string>(value: Value, strength = DEFAULT_STRENGTH): ContextAxis<Value> => ({
  value,
  source: 'default',
  cue: null,
  strength,
});

const bySection = <Value extends string>(value: Value, strength: number): ContextAxis<Value> => ({
  value,
  source: 'section',
  cue: null,
  strength,
});

const byCue = <Value extends string>({ value, cue, strength }: Said): ContextAxis<Value> => ({
  value: value.value as Value,
  source: 'cue',
  cue,
  strength,
});

/** The nearest cue of an axis; of two at the same distance the longer. */
function nearest(said: readonly Said[], axis: Said['value']['axis']): Said | undefined {
  return said
    .filter(({ value }) => value.axis === axis)
    .sort((a, b) => a.distance - b.distance || b.cue.end - b.cue.start - (a.cue.end - a.cue.start))[0];
}

/** Words inside a mention that say that it is not there. */
const SAYS_ABSENT = /^(?:non|never|no|not)\b[- ]?(?:an? )?(?:smok|drink|user)/i;

function certaintyOf(text: string, { span }: Mention, said: readonly Said[], kind: SectionKind): ContextAxis<Certainty> {
  const words = text.slice(span.start, span.end);
  if (span.label === 'problem' && SAYS_ABSENT.test(words)) {
    return { value: 'absent', source: 'cue', cue: { start: span.start, end: span.end }, strength: 0.95 };
  }
  const hypothetical = nearest(
    said.filter(({ value }) => value.value === 'hypothetical'),
    'certainty',
  );
  if (hypothetical !== undefined) return byCue(hypothetical);
  const cue = nearest(said, 'certainty');
  if (cue !== undefined && (kind !== 'risks' || cue.value.value !== 'present')) return byCue(cue);
  if (kind === 'risks' && span.label === 'problem') return bySection('hypothetical', 0.85);
  return byDefault('present');
}

function timeOf(
  { text, range }: MarkedSentence,
  { span }: Mention,
  said: readonly Said[],
  { kind, spans }: { kind: SectionKind; spans: readonly FactSpan[] },
): ContextAxis<AssertedTime> {
  const words = text.slice(span.start, span.end);
  const label = span.label;
  if (label === 'problem' && /^(?:ex|former|previous|prior|old|quit)\b/i.test(words)) {
    return { value: 'past', source: 'cue', cue: { start: span.start, end: span.end }, strength: 0.9 };
  }
  const negated = said.find(({ value }) => value.axis === 'certainty' && value.value === 'absent');
  const cues = said.filter(({ value, strength }) => {
    if (value.axis !== 'time') return false;
    return label !== 'problem' || value.value !== 'past' || strength > 0.8 || isEpisode(words) || negated !== undefined;
  });
  const cue = nearest(cues, 'time');
  if (cue !== undefined && cue.strength > 0.8) return byCue(cue);
  const dated = datedBy(text, span, spans);
  if (dated !== null && (label !== 'problem' || (dated.value === 'past' && isEpisode(words)))) return dated;
  if (cue !== undefined) return byCue(cue);
  if (kind === 'pastProcedures' && label === 'procedure') return bySection('past', 0.9);
  if (kind === 'past' && (label === 'procedure' || (label === 'problem' && isEpisode(words)))) return bySection('past', 0.75);
  if (
    kind === 'plan' &&
    (label === 'test' || label === 'procedure') &&
    !TELLS.test(text.slice(range.start, range.end)) &&
    !hasValue(span, spans)
  )
    return bySection('future', 0.7);
  return byDefault('current');
}

/** Words of a sentence in a plan that tells of what was found or done, not of what is planned. */
const TELLS =
  /\b(?:was|were|showed|shows|revealed|reveals|demonstrated|demonstrates|reviewed|had|has been|have been|done|normal|negative|positive|elevated|stable|improved|underwent|reported|reports|noted|today|tolerated)\b/i;

/** Whether a result of a test follows it. */
const hasValue = (span: FactSpan, spans: readonly FactSpan[]): boolean =>
  spans.some(({ label, start }) => label === 'value' && start >= span.end && start - span.end < 25);

/** The nearest time expression, where it says past or future and no other mention of the same label is nearer. */
function datedBy(text: string, span: FactSpan, spans: readonly FactSpan[]): ContextAxis<AssertedTime> | null {
  for (const time of spans) {
    if (time.label !== 'time') continue;
    const value = timeOfWords(text.slice(time.start, time.end));
    if (value === null) continue;
    const [from, to] = time.start >= span.end ? [span.end, time.start] : [time.end, span.start];
    const between = text.slice(from, to);
    if (from > to || between.length > 40 || /[.;\n]/.test(between)) continue;
    if (spans.some((other) => other.label !== 'anatomy' && other.start >= from && other.end <= to)) continue;
    return { value, source: 'cue', cue: { start: time.start, end: time.end }, strength: 0.85 };
  }
  return null;
}

function subjects(marked: MarkedSentence, titles: readonly InlineTitle[], whole: SectionKind): ContextAxis<AssertedSubject>[] {
  const start = marked.range.start;
  const inFamily = kindAt(titles, whole, start + 1) === 'family' || titles.some(({ kind }) => kind === 'family');
  const people = experiencers(marked.tokens, (token) => marked.mentionAt[token]! >= 0, inFamily);
  return marked.mentions.map(({ span, first }) => {
    const family = kindAt(titles, whole, span.start) === 'family';
    const named = people.findLast(
      ({ from, to }) => first >= from && first < to && (span.label === 'problem' || first - from < 4 || family),
    );
    if (named !== undefined)
      return { value: named.value, source: 'cue', cue: { start: named.cue.start, end: named.cue.end }, strength: named.strength };
    return family && (span.label === 'problem' || people.length > 0) ? bySection('family', 0.95) : byDefault('patient', 0.98);
  });
}

/** What two doses behind a medication show. */
function dosed({ text, range, mentions }: MarkedSentence, index: number): ContextAxis<MedicationAction> | null {
  const { end } = mentions[index]!.span;
  const change = doseChange(text.slice(end, mentions[index + 1]?.span.start ?? range.end), end);
  return change === null ? null : { ...change, source: 'cue', strength: 0.9 };
}

const SECTION_ACTIONS: Partial<Record<SectionKind, MedicationAction>> = {
  allergies: 'allergy',
  started: 'start',
  stopped: 'stop',
  continued: 'continue',
  plan: 'start',
};

function actionOf(said: readonly Said[], kind: SectionKind): ContextAxis<MedicationAction> | null {
  const cue = nearest(said, 'action');
  const negated = said.some(({ value }) => value.axis === 'certainty' && value.value === 'absent');
  const bySectionKind = SECTION_ACTIONS[kind];
  if (kind === 'allergies' && !negated && cue?.value.value !== 'allergy') return bySection('allergy', 0.9);
  if (cue !== undefined) return byCue(cue);
  return bySectionKind === undefined ? null : bySection(bySectionKind, kind === 'plan' ? 0.5 : 0.9);
}
