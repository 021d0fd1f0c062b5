import type { Certainty } from '@epee/records';
import type { MarkedSentence, PlacedCue } from './marked-sentence.ts';

const BOX = /(\[\s*\]|[☐□]|\[[-–]\]|(?<!\p{L}\s?)\([-–]\)(?=\s?\p{L}))|\[\s*[xX✓+]\s*\]|[☑☒■✓✔]|\(\+\)(?=\s?\p{L})/gu;
const NO_ANSWER = /^(?:no|n|neg|negative|none|nil|absent|denies|denied)$/;
const YES_ANSWER = /^(?:yes|y|pos|positive|present)$/;

/** Cues that are signs: boxes of a form, answers in brackets or behind a colon, plus and minus before a finding. */
export function signCues(sentence: MarkedSentence): PlacedCue[] {
  return [...boxes(sentence), ...answers(sentence), ...signs(sentence)];
}

const place = (first: number, after: number, value: Certainty, reach: 'right' | 'left', window = 2): PlacedCue => ({
  first,
  after,
  entries: [{ values: [{ axis: 'certainty', value }], reach, strength: 0.93, window }],
});

/** "[ ] fever [x] cough": a box speaks of what follows it, or of what it follows where the line begins with none. */
function boxes({ text, range, tokens, inSpan }: MarkedSentence): PlacedCue[] {
  const found = [...text.slice(range.start, range.end).matchAll(BOX)].map((match) => ({
    start: range.start + match.index,
    end: range.start + match.index + match[0].length,
    empty: match[1] !== undefined,
  }));
  const first = tokens.findIndex(({ word }) => /[\p{L}\p{N}]/u.test(word) && word !== 'x');
  const trailing = found.length > 0 && first >= 0 && tokens[first]!.start < found[0]!.start && inSpan[first] === true;
  return found.flatMap(({ start, end, empty }) => {
    const from = tokens.findIndex((token) => token.start >= start);
    const to = tokens.findIndex((token) => token.start >= end);
    return from < 0 ? [] : [place(from, to < 0 ? tokens.length : to, empty ? 'absent' : 'present', trailing ? 'left' : 'right', 6)];
  });
}

/** "Cough (-)", "fever: no", "Rash? No". */
function answers({ tokens, mentions, mentionAt }: MarkedSentence): PlacedCue[] {
  return tokens.flatMap((token, at) => {
    const answered = at === 0 ? undefined : mentions[mentionAt[at - 1]!];
    if (answered === undefined || answered.span.label === 'test') return [];
    const [next, last] = [tokens[at + 1]?.word ?? '', tokens[at + 2]?.word ?? ''];
    if (token.word === '(' && last === ')') {
      if (/^[-–−]$/.test(next) || NO_ANSWER.test(next)) return [place(at, at + 3, 'absent', 'left')];
      if (next === '+' || YES_ANSWER.test(next)) return [place(at, at + 3, 'present', 'left')];
    }
    if (token.word === 'nil' && (next === '' || /^[,.;|/]$/.test(next))) return [place(at, at + 1, 'absent', 'left')];
    const closes = last === '' || /^[,.;|/]$/.test(last) || mentionAt[at + 2]! >= 0;
    if (/^[:?=]$/.test(token.word) && closes) {
      if (NO_ANSWER.test(next)) return [place(at, at + 2, 'absent', 'left')];
      if (YES_ANSWER.test(next)) return [place(at, at + 2, 'present', 'left')];
    }
    return [];
  });
}

/** "+ cough, - fever", "?UTI", "-ve fever": a sign that is glued to a finding, or stands before one in a list of such signs. */
function signs({ tokens, mentions, mentionAt }: MarkedSentence): PlacedCue[] {
  const mixed = tokens.some(({ word }, at) => word === '+' && mentionAt[at + 1]! >= 0);
  return tokens.flatMap((token, at) => {
    const next = mentionAt[at + 1] ?? -1;
    if (mentionAt[at]! >= 0) return [];
    if (token.word === '?' && (next >= 0 || tokens[at + 1]?.word === '?')) {
      return mentions[next]?.span.label === 'problem' || next < 0 ? [place(at, at + 1, 'possible', 'right', 3)] : [];
    }
    if (next < 0) return [];
    if (mentions[next]!.span.label !== 'problem' || mentions[next]!.first !== at + 1) return [];
    const before = tokens[at - 1];
    const opens = before === undefined || /^[,;.(:]$/.test(before.word) || before.end < token.start;
    if (token.word === '+' && opens) return [place(at, at + 1, 'present', 'right')];
    if (/^[-–−]$/.test(token.word) && mixed && opens) return [place(at, at + 1, 'absent', 'right')];
    return [];
  });
}
