import { abbreviationKind, isDosing } from './abbreviations.ts';
import type { Block } from './blocks.ts';
import { inlineItems } from './enumerators.ts';

/** Marks that may end a sentence, with the quotes and brackets that close after them, and the comma that some copies of transcribed notes put there. */
const STOPS = /([.!?…]+|[。！？｡])["'”’)\]»]*(?:,(?=\s{0,2}(?:\p{Lu}|\d+[.)])))?/gu;
/** Longest word before or after a stop that is looked at, so that a text without white space costs linear time. */
const LOOK = 32;
/** Words that begin sentences and no names: after "hepatitis C." or "J." they tell an end from an initial. */
const STARTERS =
  /^(?:The|This|That|These|Those|He|She|It|They|We|I|You|His|Her|Its|Their|Our|There|Then|A|An|In|On|At|As|By|For|From|To|After|Before|During|Since|Until|No|Not|Patient|Pt|Will|Denies|Denied|Reports|Reported|States|Has|Had|Was|Is|Continue|Continued|Started|Stopped|Stop|Start|Given|Mild|However|If|When|With|Without|While|Thereafter|Afterwards|Yesterday|Today|Tonight|Tomorrow|Later|Now|Currently|Recently|Subsequently|Previously|Meanwhile|Also|Additionally|Overall|Otherwise|Both|All|Some|Once|Two|Three|Follow|Return|See|Please|Plan|Discussed|Advised|Noted|Seen|Since|Although|Because|Due)$/;
/** Words in capitals that go on with a sentence in a note typed in capitals. */
const CAPITAL_LINKS = /^(?:AND|OR|WITH|FOR|TO|OF|IN|ON|AT|BY|FROM|THEN|UNTIL|BUT|AS|X)$/;
/** "NEUROVASCULAR: intact": a title in capitals. */
const CAPITAL_TITLE = /^\s*\p{Lu}[\p{Lu} /&-]{2,40}:/u;
/** Letters that are units after a number: "38.2 C.", "2 L." */
const UNIT_LETTER = /^[CFLGMVK]$/;
/** Words after which a capital letter is a kind, not an initial. */
const LETTERED = /\b(?:hepatitis|vitamin|type|grade|class|group|stage|factor|influenza|protein|pugh|plan|option|arm|cohort)\s+$/i;

/**
 * Finds where the sentences of a block end. A full stop ends one unless it belongs to an abbreviation, an initial, a decimal or an enumerator, or goes on in
 * small letters after what is no plain word.
 *
 * @param block lines that belong together; white space in it may be line breaks
 * @returns offsets after each sentence's last character, ascending, the block's own end last
 */
export function sentenceEnds(text: string, block: Block): number[] {
  const ends: number[] = [];
  const content = text.slice(block.start, block.end);
  const items = inlineItems(content).filter((at) => at >= block.textStart - block.start && at > 0);
  let start = block.textStart - block.start;
  const cut = (end: number) => {
    if (end > start) ends.push(block.start + end);
    start = Math.max(start, end);
  };
  for (const match of content.matchAll(STOPS)) {
    if (match.index < start) continue;
    while (items.length > 0 && items[0]! <= match.index) cut(items.shift()!);
    const end = match.index + match[0].length;
    if (end < content.length && isEnd(content, start, match.index, match[1]!, end)) cut(end);
  }
  for (const at of items) cut(at);
  ends.push(block.end);
  return ends;
}

function isEnd(content: string, sentenceStart: number, stopAt: number, stop: string, end: number): boolean {
  const ahead = content.slice(end, end + LOOK);
  const before = wordBefore(content, sentenceStart, stopAt);
  if (/^[。！？｡]/.test(stop)) return true;
  if (!/^\s/.test(ahead)) return content[end - 1] === ',' || isGlued(before.word, stop, ahead);
  const next = /^[\s"'“‘([«]*([^\s"'“‘([«]*)/.exec(ahead)?.[1] ?? '';
  if (/^[!?]/.test(stop)) return before.word !== '' && !/^\p{Ll}/u.test(next);
  if (stop.length > 1 || stop === '…') return /^\p{Lu}/u.test(next);
  if (CAPITAL_TITLE.test(ahead) && before.word.length > 1) return true;
  return isFullStop(before, next);
}

/** "disease.The patient", "PND.All other", "81 mg.She": the space after the stop was left out. */
function isGlued(word: string, stop: string, ahead: string): boolean {
  if (stop !== '.') return false;
  if (CAPITAL_TITLE.test(ahead)) return /^\p{L}{2,}$/u.test(word);
  if (!/^\p{Lu}\p{Ll}/u.test(ahead)) return false;
  const kind = abbreviationKind(word);
  if (/^\p{Ll}{3,}$/u.test(word)) return kind === undefined;
  return (kind === 'dosing' || (kind === undefined && /^(?:\p{Lu}{2,}|\p{N}+)$/u.test(word))) && STARTERS.test(/^\p{L}+/u.exec(ahead)![0]);
}

function isFullStop({ word, first, lettered }: Before, next: string): boolean {
  if (first && /^(?:\d{1,3}|\p{L}|[ivx]{1,4})$/iu.test(word)) return false;
  const kind = /^\p{Lu}$/u.test(word) ? undefined : abbreviationKind(word);
  if (kind === 'prefix' || (kind === 'number' && /^\p{N}/u.test(next))) return false;
  if (/^\p{Ll}/u.test(next)) return kind === undefined && /^\p{Ll}{4,}$/u.test(word);
  const nextWord = next.replace(/[^\p{L}\p{N}]+$/u, '');
  const titled = /^\p{Lu}(?:\p{Ll}|$)/u.test(nextWord) || /^\p{Lo}/u.test(nextWord);
  if (kind === 'dosing') return (titled || /^\p{Lu}/u.test(nextWord)) && !isDosing(nextWord) && !CAPITAL_LINKS.test(nextWord);
  if (kind === 'other') return titled;
  if (/^\p{Lu}$/u.test(word)) return lettered || STARTERS.test(nextWord);
  return next !== '';
}

interface Before {
  /** The word that a stop follows, less the brackets and quotes around it. */
  readonly word: string;
  /** Whether nothing but it stands in the sentence so far. */
  readonly first: boolean;
  /** Whether it follows a word such as "hepatitis", or is a unit after a number. */
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
    lettered:
      LETTERED.test(behind.slice(0, -written.length)) || (UNIT_LETTER.test(word) && /\p{N}\s*$/u.test(behind.slice(0, -written.length))),
  };
}
