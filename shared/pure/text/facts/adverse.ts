import type { Range } from '../cut/lines.ts';
import { BENEFIT, CAUSED_BY, CAUSES, COUNTER, GIVEN_FOR, REACTION, STOPPED_FOR, TREATED_WITH, WEAK_CAUSE } from './adverse-words.ts';
import type { MentionContext } from './context.ts';
import type { FactSpan } from './types.ts';

/** What a sentence says of a medication and a problem. `unknown`: it says neither; two mentions beside each other are no evidence. */
export interface PairVerdict {
  readonly verdict: 'adverse_effect' | 'indication' | 'none' | 'unknown';
  /** The words that say it; null where none do. */
  readonly evidence: Range | null;
}

/** A medication and a problem of one sentence, with all of its spans and what the rules say of its mentions. */
export interface PairInput {
  readonly text: string;
  readonly sentence: Range;
  readonly spans: readonly FactSpan[];
  readonly medication: MentionContext;
  readonly problem: MentionContext;
}

const UNKNOWN: PairVerdict = { verdict: 'unknown', evidence: null };

/** The words between the two mentions: attributes left out, other mentions as signs. */
interface Between {
  readonly words: string;
  readonly medicationFirst: boolean;
  readonly range: Range;
}

/**
 * Whether a sentence states that a medication caused a problem, or was given for it: by the words between the two, and before the first. A denied or feared
 * problem, another person's, and one that is there despite the medication are no adverse effects.
 */
export function judgePair(input: PairInput): PairVerdict {
  const { medication, problem } = input;
  const between = betweenOf(input);
  const evidence = between.range.end > between.range.start ? between.range : null;
  if (problem.subject.value !== medication.subject.value && medication.subject.value !== 'patient') return UNKNOWN;
  if (problem.subject.value !== 'patient') return { verdict: 'none', evidence: problem.subject.cue };
  if (problem.certainty.value === 'absent') return { verdict: 'none', evidence: problem.certainty.cue };
  if (COUNTER.test(between.words)) return { verdict: 'none', evidence };
  const given = between.medicationFirst ? GIVEN_FOR.test(between.words) : TREATED_WITH.test(between.words);
  const stopped = isStopped(input, between);
  if (given && !stopped) return { verdict: 'indication', evidence };
  if (problem.certainty.value === 'hypothetical') return { verdict: 'none', evidence: problem.certainty.cue };
  if (medication.certainty.value === 'absent' && medication.action?.value !== 'stop')
    return { verdict: 'none', evidence: medication.certainty.cue };
  if (stopped || isCause(input, between)) return { verdict: 'adverse_effect', evidence: evidence ?? medication.action?.cue ?? null };
  return BENEFIT.test(between.words) ? { verdict: 'indication', evidence } : UNKNOWN;
}

function betweenOf({ text, spans, medication, problem }: PairInput): Between {
  const medicationFirst = medication.span.start < problem.span.start;
  const [first, last] = medicationFirst ? [medication.span, problem.span] : [problem.span, medication.span];
  const range = { start: first.end, end: Math.max(first.end, last.start) };
  let words = '';
  let at = range.start;
  for (const span of spans) {
    if (span.start < at || span.end > range.end) continue;
    words += text.slice(at, span.start);
    if (span.label === 'medication') words += '<m>';
    else if (span.label === 'problem') words += '<p>';
    else if (span.label === 'test' || span.label === 'procedure') words += '<t>';
    else if (/prn|p\.r\.n|as needed/i.test(text.slice(span.start, span.end))) words += 'prn';
    at = span.end;
  }
  words += text.slice(at, range.end);
  return { words: shortened(words.toLowerCase().replace(/\s+/g, ' ')), medicationFirst, range };
}

/** Without the other items of the list that either mention stands in: "rash and <p>", "<m>, <m> and". */
function shortened(words: string): string {
  return words
    .replace(/^(?:\s*(?:,|\/|&|\+|and|or|plus)\s*(?:<p>|<m>))+/, '')
    .replace(/(?:(?:<p>|<m>)\s*(?:,|\/|&|\+|and|or|plus)\s*(?:and |or )?(?:the |a |some )?)+$/, '');
}

/** "Stopped because of", "discontinued due to", "STOP (<problem>)": whatever is stopped for a problem is its cause. */
function isStopped({ text, sentence, medication, problem }: PairInput, { words, medicationFirst }: Between): boolean {
  if (!medicationFirst) return false;
  if (STOPPED_FOR.test(words)) return true;
  const before = text.slice(Math.max(sentence.start, medication.span.start - 30), medication.span.start).toLowerCase();
  const stops = /\b(?:stop|stopped|discontinued?|d\/c'?d?)\b[^.;]*$/.test(before);
  if (stops && /^\s*(?:because of|due to|for causing|given|secondary to|after)\s*(?:the |his |her |a )?$/.test(words)) return true;
  const bracket = text[problem.span.start - 1] === '(' || /\(\s*(?:<p>[,/\s]*)*$/.test(words);
  return medication.action?.value === 'stop' && bracket && !words.includes('<m>');
}

function isCause(input: PairInput, { words, medicationFirst }: Between): boolean {
  const { text, sentence, medication, problem } = input;
  const problemWords = text.slice(problem.span.start, problem.span.end);
  if (words.length > 120 || words.includes(';') || /\.\s/.test(words)) return false;
  const reaction = REACTION.test(problemWords);
  if (medicationFirst) {
    if (CAUSES.test(words) && !/<m>[^<]*$/.test(words)) return true;
    if (/^\s*[-–:=→,(["“'\s]*(?:<p>[\s,/"]*(?:and\s)?)*$/.test(words) && medication.action?.value === 'allergy') return true;
    if (/^\s*-?$/.test(words) && !/\n/.test(text.slice(medication.span.end, problem.span.start)))
      return reaction || /toxicity|reaction|allergy|overdose/i.test(problemWords);
    const before = text.slice(Math.max(sentence.start, medication.span.start - 40), medication.span.start);
    const onset =
      /\b(?:developed|develops|broke out|came out in|now has|has had|has been|have been|began|noticed|felt|feels|became|had)\b[^<]*$/.test(
        words,
      );
    return (
      onset && /\b(?:after|with|on|since|started|starting|taking|took|into|given|received)\b[^.;]*$/i.test(before) && !words.includes('<m>')
    );
  }
  if (CAUSED_BY.test(words)) return true;
  return reaction && WEAK_CAUSE.test(words);
}
