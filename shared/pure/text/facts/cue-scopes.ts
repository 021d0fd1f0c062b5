import type { Range } from '../cut/lines.ts';
import { CUES, type CueAxis } from './context-table.ts';
import type { Cue, CueValue, Entry } from './cue-rows.ts';
import type { MarkedSentence, Mention, PlacedCue } from './marked-sentence.ts';
import { signCues } from './sign-cues.ts';
import { findPhrases } from './tokens.ts';
import type { FactSpan } from './types.ts';

/** A cue that speaks of a mention. */
export interface Said {
  readonly mention: number;
  readonly value: CueValue;
  readonly cue: Range;
  readonly strength: number;
  /** Words outside mentions between the two. */
  readonly distance: number;
}

/** Words between the items of a list. */
const LIST = /^(?:,|\/|&|\+|or|and|nor|any|a|an|the|his|her|their|some|of|no|\(|\)|significant|other|further|more|recent|new|-)$/;
/** Words between two items of a list, without which the second is a statement of its own. */
const LINK = /^(?:,|\/|&|\+|or|and|nor|vs|versus)$/;
/** Signs over which no cue reaches. */
const BREAKS = /^[.;|•●:!?]$/;

/** Spans whose words are no cues: what an absent value says is not about its test. */
const OPAQUE = new Set(['problem', 'medication', 'test', 'procedure', 'anatomy', 'severity', 'dose', 'route']);
/** Words of a frequency that may be cues. */
const AS_NEEDED = /^(?:prn|p|r|n|\.|as|when|if|needed|required|necessary)$/;

/** The cues of a sentence for an axis, in order; words inside mentions and values are none. */
export function cuesOf(sentence: MarkedSentence, spans: readonly FactSpan[], axis: CueAxis): PlacedCue[] {
  const { tokens } = sentence;
  const opaque = spans.filter(({ label }) => OPAQUE.has(label));
  const hidden = tokens.map((token) => opaque.some(({ start, end }) => token.start < end && token.end > start));
  const open = tokens.map((token, at) => (hidden[at] ? { ...token, word: '\0' } : token));
  const inLabel = (at: number, label: string) =>
    spans.some((span) => span.label === label && tokens[at]!.start < span.end && tokens[at]!.end > span.start);
  const placed = findPhrases(open, CUES[axis])
    .map(({ first, after, meaning }) => ({ first, after, entries: meaning }))
    .filter(({ after }) => !inLabel(after - 1, 'value'))
    .filter(({ first }) => !inLabel(first, 'frequency') || AS_NEEDED.test(tokens[first]!.word));
  return [...placed, ...(axis === 'certainty' ? signCues(sentence) : [])].sort((a, b) => a.first - b.first);
}

/** What the cues of a sentence say of its mentions (ConText, Harkema et al. 2009: direction, scope, terminators). */
export function scopesOf(sentence: MarkedSentence, cues: readonly PlacedCue[]): Said[] {
  const byToken = new Map(cues.map((cue) => [cue.first, cue]));
  const covered = new Map<number, PlacedCue>();
  for (const cue of cues) for (let at = cue.first; at < cue.after; at += 1) covered.set(at, cue);
  return cues.flatMap((placed) =>
    placed.entries.flatMap((entry) => {
      if (typeof entry === 'string') return [];
      const reached: { mention: number; distance: number; factor: number }[] = [];
      if (entry.reach !== 'left') reached.push(...rightOf(sentence, placed, entry, byToken));
      if (entry.reach !== 'right') reached.push(...leftOf(sentence, placed, entry, covered));
      const cue = { start: sentence.tokens[placed.first]!.start, end: sentence.tokens[placed.after - 1]!.end };
      return reached.flatMap(({ mention, distance, factor }) =>
        entry.values.map((value) => ({ mention, value, cue, strength: entry.strength * factor, distance })),
      );
    }),
  );
}

interface Reached {
  readonly mention: number;
  readonly distance: number;
  readonly factor: number;
}

/** "Not consistent with", "no findings to suggest": what a negation holds is negated with it. */
const embeds = (cue: Cue, entries: readonly Entry[], word: string): boolean =>
  cue.values[0]!.value === 'absent' &&
  /^\p{L}/u.test(word) &&
  entries.every((entry) => typeof entry !== 'string' && (entry.values[0]!.value === 'present' || entry.values[0]!.value === 'possible'));

/** Words that put a test or treatment behind a negation into another part of the sentence: "no laxity on drawer test". */
const RELATION = /^(?:on|by|with|from|to|for|in|at|during|via|of)$/;

/** Whether the next mention is no problem and nothing was reached yet. */
function given(reached: readonly Reached[], mentions: readonly Mention[], mentionAt: readonly number[], at: number): boolean {
  if (reached.length > 0) return false;
  const next = mentionAt.findIndex((mention, token) => token > at && mention >= 0);
  return next >= 0 && mentions[mentionAt[next]!]!.span.label !== 'problem';
}

/** "No A, no B, C": where every denied item has its own "no", what follows a comma without one is not denied. */
function isRepeated({ tokens }: MarkedSentence, placed: PlacedCue): boolean {
  const word = tokens[placed.first]!.word;
  if (placed.after !== placed.first + 1 || !/^(?:no|nil|without)$/.test(word)) return false;
  const places = tokens.flatMap((token, at) => (token.word === word ? [at] : []));
  return places.length > 1 && places.some((at) => /^[,;]$/.test(tokens[at - 1]?.word ?? ''));
}

const sameAxis = (cue: Cue, entries: readonly Entry[]): boolean =>
  entries.some((entry) => typeof entry !== 'string' && entry.values[0]!.axis === cue.values[0]!.axis && entry.reach !== 'left');

function rightOf(sentence: MarkedSentence, placed: PlacedCue, cue: Cue, byToken: ReadonlyMap<number, PlacedCue>): Reached[] {
  const { tokens, mentions, mentionAt, inSpan } = sentence;
  const reached: Reached[] = [];
  let outside = 0;
  let separated = false;
  let linked = true;
  const listed = cue.values[0]!.axis === 'certainty' && cue.values[0]!.value !== 'hypothetical';
  const repeats = isRepeated(sentence, placed);
  for (let at = placed.after; at < tokens.length; ) {
    const mention = mentionAt[at]!;
    if (mention >= 0) {
      const { span, after } = mentions[mention]!;
      const first = reached[0] === undefined ? undefined : mentions[reached[0].mention]!.span.label;
      if (first !== undefined && separated && first !== span.label && cue.values[0]!.value === 'absent') break;
      if (listed && !linked && reached.length > 0) break;
      if (applies(cue, span)) reached.push({ mention, distance: outside, factor: reached.length > 0 && separated ? 0.98 : 1 });
      linked = false;
      at = after;
      continue;
    }
    const other = byToken.get(at);
    if (other !== undefined && at > placed.after - 1) {
      if (other.entries.includes('end') && cue.values[0]!.value !== 'hypothetical') break;
      if (sameAxis(cue, other.entries)) {
        if (!embeds(cue, other.entries, tokens[at]!.word) || reached.length > 0 || separated) break;
        outside = -1;
      } else outside += other.entries.includes('none') ? 1 : other.after - other.first;
      at = other.after;
    } else {
      const { word } = tokens[at]!;
      if (BREAKS.test(word) && !(word === ':' && at === placed.after) && !(word === '.' && /\d/.test(tokens[at - 1]?.word ?? ''))) break;
      if (cue.values[0]!.value === 'absent' && given(reached, mentions, mentionAt, at) && RELATION.test(word)) break;
      if (word === ',' && reached.length > 0 && repeats) break;
      if (LINK.test(word)) linked = true;
      if (/^[-–—]$/.test(word) && listed && reached.length > 0 && tokens[at - 1]!.end < tokens[at]!.start) break;
      if (word === ',') separated = true;
      else if (!inSpan[at] && !LIST.test(word)) outside += 1;
      if (word === ')' && !tokens.slice(placed.after, at).some((token) => token.word === '(')) break;
      at += 1;
    }
    if (outside > cue.window) break;
  }
  return reached;
}

function leftOf(sentence: MarkedSentence, placed: PlacedCue, cue: Cue, covered: ReadonlyMap<number, PlacedCue>): Reached[] {
  const { tokens, mentions, mentionAt, inSpan } = sentence;
  const reached: Reached[] = [];
  let outside = 0;
  let linked = false;
  for (let at = placed.first - 1; at >= 0; ) {
    const mention = mentionAt[at]!;
    if (mention >= 0) {
      const { span, first } = mentions[mention]!;
      if (reached.length > 0 && !linked) break;
      if (applies(cue, span)) reached.push({ mention, distance: outside, factor: 1 });
      at = first - 1;
      continue;
    }
    const other = covered.get(at);
    if (
      other !== undefined &&
      (other.entries.includes('end') ||
        other.entries.some((entry) => typeof entry !== 'string' && entry.values[0]!.axis === cue.values[0]!.axis))
    )
      break;
    const { word } = tokens[at]!;
    if (BREAKS.test(word) && word !== ':') break;
    if (word === 'and' || word === 'or' || word === '/' || word === '&') linked = true;
    else if (word !== ',' && !inSpan[at] && !LIST.test(word)) outside += 1;
    if (reached.length > 0 && !LIST.test(word) && !inSpan[at]) break;
    if (outside > cue.window) break;
    at -= 1;
  }
  return reached;
}

const applies = (cue: Cue, span: FactSpan): boolean => cue.labels === undefined || (cue.labels as readonly string[]).includes(span.label);
