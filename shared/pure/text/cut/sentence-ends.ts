import { abbreviationKind, isDosing } from './abbreviations.ts';
import type { Range } from './lines.ts';

/** Marks that may end a sentence, with the quotes and brackets that close after them. */
const STOPS = /([.!?…]+|[。！？｡])["'”’)\]»]*/gu;
/** Longest word before or after a stop that is looked at, so that a text without white space costs linear time. */
const LOOK = 32;
/** Words that begin sentences and no names: after "hepatitis C." or "J." they tell an end from an initial. */
const STARTERS =
  /^(?:The|This|That|These|Those|He|She|It|They|We|I|You|His|Her|Its|Their|There|Then|A|An|In|On|At|As|For|After|Before|No|Not|Patient|Pt|Will|Denies|Reports|Has|Had|Was|Is|Continue|Started|Given|Mild|However|If|When|With)$/;
/** Words after which a capital letter is a kind, not an initial. */
const LETTERED = /\b(?:hepatitis|vitamin|type|grade|class|group|stage|factor|influenza|protein|pugh|plan|option|arm|cohort)\s+$/i;

/**
 * Finds where the sentences of a block end. A full stop ends one unless it belongs to an abbreviation, an initial, a decimal or an enumerator, or goes on in
 * small letters after what is no plain word.
 *
 * @param block lines that belong together; white space in it may be line breaks
 * @returns offsets after each sentence's last character, ascending, the block's own end last
 */
export function sentenceEnds(text: string, block: Range): number[] {
  const ends: number[] = [];
  const content = text.slice(block.start, block.end);
  let start = 0;
  for (const match of content.matchAll(STOPS)) {
    const end = match.index + match[0].length;
    if (end >= content.length || !isEnd(content, start, match.index, match[1]!, end)) continue;
    ends.push(block.start + end);
    start = end;
  }
  ends.push(block.end);
  return ends;
}

function isEnd(content: string, sentenceStart: number, stopAt: number, stop: string, end: number): boolean {
  const ahead = content.slice(end, end + LOOK);
  const before = wordBefore(content, sentenceStart, stopAt);
  if (/^[。！？｡]/.test(stop)) return true;
  if (!/^\s/.test(ahead)) return isGlued(before.word, stop, ahead);
  const next = /^[\s"'“‘([«]*([^\s"'“‘([«]*)/.exec(ahead)?.[1] ?? '';
  if (/^[!?]/.test(stop)) return before.word !== '' && !/^\p{Ll}/u.test(next);
  if (stop.length > 1 || stop === '…') return /^\p{Lu}/u.test(next);
  return isFullStop(before, next);
}

/** "disease.The patient": the space after the stop was left out. */
function isGlued(word: string, stop: string, ahead: string): boolean {
  return stop === '.' && /^\p{Ll}{3,}$/u.test(word) && /^\p{Lu}\p{Ll}/u.test(ahead) && abbreviationKind(word) === undefined;
}

function isFullStop({ word, first, lettered }: Before, next: string): boolean {
  if (first && /^(?:\d{1,3}|\p{L}|[ivx]{1,4})$/iu.test(word)) return false;
  const kind = abbreviationKind(word);
  if (kind === 'prefix' || (kind === 'number' && /^\p{N}/u.test(next))) return false;
  if (/^\p{Ll}/u.test(next)) return kind === undefined && /^\p{Ll}{4,}$/u.test(word);
  const nextWord = next.replace(/[^\p{L}\p{N}]+$/u, '');
  const titled = /^\p{Lu}(?:\p{Ll}|$)/u.test(nextWord) || /^\p{Lo}/u.test(nextWord);
  if (kind === 'dosing') return (titled || /^\p{Lu}/u.test(nextWord)) && !isDosing(nextWord);
  if (kind === 'other') return titled;
  if (/^\p{Lu}$/u.test(word)) return lettered || STARTERS.test(nextWord);
  return next !== '';
}

interface Before {
  /** The word that a stop follows, less the brackets and quotes around it. */
  readonly word: string;
  /** Whether nothing but it stands in the sentence so far. */
  readonly first: boolean;
  /** Whether it follows a word such as "hepatitis". */
  readonly lettered: boolean;
}

function wordBefore(content: string, sentenceStart: number, stopAt: number): Before {
  const from = Math.max(sentenceStart, stopAt - LOOK);
  const behind = content.slice(from, stopAt);
  const written = /\S*$/.exec(behind)![0];
  const word = written.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}.]+$/gu, '');
  return {
    word,
    first: from === sentenceStart && behind.trimStart() === written,
    lettered: LETTERED.test(behind.slice(0, -written.length)),
  };
}
