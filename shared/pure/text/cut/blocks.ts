import { abbreviationKind } from './abbreviations.ts';
import { type LineKind, lineKind, markerLength, signLength } from './line-kinds.ts';
import { isEmpty, type Range, splitLines } from './lines.ts';

/** Widths, in characters, between which a run of lines may be prose that was wrapped by hand or by a program. */
const WRAP_WIDTH = { least: 45, most: 200 };
/** Part of that width which a line that was wrapped by hand fills at least, the next line's first word counted in. */
const HAND_WRAPPED = 0.85;
/** A line that ends so continues in the next one, whatever that begins with. */
const OPEN_END =
  /(?:[,(/]|\b(?:a|an|the|of|to|in|on|at|by|for|from|with|without|and|or|nor|but|as|than|that|which|who|was|were|is|are|be|been|has|had|have|will|would|may|can|could|should|must|did|does|his|her|their|its|our|this|these|those|every|each|any|some|all|one|due|after|before|during|following|until|while|into|over|under|about|around|above|below|between|through|per|via|very|more|less))$/;
/** A line of prose that ends so continues; a line of a list may end so: "Pancreatitis, acute", "Chest pain no", "Rebound -". */
const OPEN_END_OF_PROSE = /(?:[-–—+=]|\b(?:not|no|mild|moderate|severe|acute|chronic))$/;
/** A line that begins so goes on from the one before. */
const OPEN_START =
  /^(?:after|before|with|without|and|or|but|of|to|for|from|by|due|secondary|because|which|who|that|than|while|until|during|following|as|at|in|on|over|under|into|per|via|about|between|through)\s/;
/** "Musculoskeletal: ..." */
const LABELLED = /^\p{Lu}[^.:;,]{0,40}:(?:\s|$)/u;
/** Words of a line that is prose even where the next one begins with a capital letter. */
const PROSE_WORDS = 6;
/** Part of the longest line's length that every line of evenly wrapped prose has. */
const EVEN = 0.7;
/** A sentence's end, and the next one's beginning, inside a line. */
const RUNNING = /\p{L}{2}[.!?]\s+\p{Lu}/u;
const ENDS_SENTENCE = /[.!?…。！？｡]["'”’)\]»]*$/u;

/** Lines that belong together. */
export interface Block extends Range {
  /** Where its words begin: after the list marker, if it has one. */
  readonly textStart: number;
}

interface Line extends Range {
  readonly text: string;
  readonly kind: LineKind;
  /** Length of its list marker. */
  readonly marker: number;
}

/**
 * Groups the lines of a section's body into blocks, in which a line break is no more than white space. A blank line, a list item, a table row, a labelled
 * line and a line break between short lines end a block; one inside hard-wrapped prose does not.
 *
 * @returns blocks in order; together they hold every character of the body that is not white space
 */
export function splitBlocks(text: string, body: Range): Block[] {
  const blocks: Block[] = [];
  for (const run of runsOfLines(text, body)) {
    const prose = proseOf(run);
    let first = run[0]!;
    run.forEach((line, index) => {
      const next = run[index + 1];
      if (next !== undefined && goesOn(line, next, prose)) return;
      blocks.push({ start: first.start, end: line.end, textStart: first.start + first.marker });
      if (next !== undefined) first = next;
    });
  }
  return blocks;
}

function runsOfLines(text: string, body: Range): Line[][] {
  const runs: Line[][] = [];
  let run: Line[] = [];
  for (const range of splitLines(text, body)) {
    if (!isEmpty(range)) {
      const content = text.slice(range.start, range.end);
      run.push({ ...range, text: content, kind: lineKind(content), marker: markerLength(content) });
    } else if (run.length > 0) {
      runs.push(withSigns(run));
      run = [];
    }
  }
  if (run.length > 0) runs.push(withSigns(run));
  return runs;
}

/** A sign before a number is a list marker where another line of the run has the same one before a word. */
function withSigns(run: readonly Line[]): Line[] {
  const marks = new Set(run.flatMap(({ text, marker }) => (marker > 0 ? [text[0]] : [])));
  return run.map((line) => {
    const marker = line.marker > 0 || !marks.has(line.text[0]) ? line.marker : signLength(line.text);
    return marker === line.marker ? line : { ...line, marker, kind: 'item' };
  });
}

/** What the lines of a run have in common. */
interface Prose {
  /** Length of the longest line. */
  readonly width: number;
  /** Line breaks before a small letter, and those before anything else after a line that does not end a sentence. */
  readonly small: number;
  readonly other: number;
  /** Whether any line ends a sentence. */
  readonly punctuated: boolean;
  /** Whether the last line does. */
  readonly ended: boolean;
  /** Whether a sentence ends and another begins inside a line: the run is prose, not a list. */
  readonly running: boolean;
  /** Whether all lines but the last are of about one length. */
  readonly even: boolean;
}

function proseOf(run: readonly Line[]): Prose {
  let [width, small, other, punctuated] = [0, 0, 0, false];
  run.forEach((line, index) => {
    width = Math.max(width, line.text.length);
    punctuated ||= ENDS_SENTENCE.test(line.text.slice(-8));
    if (index === 0) return;
    if (/^\p{Ll}/u.test(line.text)) small += 1;
    else if (!ENDS_SENTENCE.test(run[index - 1]!.text.slice(-8))) other += 1;
  });
  return {
    width,
    small,
    other,
    punctuated,
    ended: ENDS_SENTENCE.test(run.at(-1)!.text.slice(-8)),
    running: run.some(({ text }) => RUNNING.test(text)),
    even: run.slice(0, -1).every(({ text }) => text.length >= width * EVEN),
  };
}

function goesOn(line: Line, next: Line, prose: Prose): boolean {
  if (line.kind === 'row' || line.kind === 'rule' || next.kind !== 'text' || LABELLED.test(next.text.slice(0, 60))) return false;
  const tail = line.text.slice(-32);
  if (OPEN_END.test(tail) || endsInCapitalLink(tail) || endsInPrefix(tail)) return true;
  if (OPEN_END_OF_PROSE.test(tail) && (prose.width >= WRAP_WIDTH.least || /^\p{Ll}/u.test(next.text))) return true;
  if (ENDS_SENTENCE.test(tail) && !endsInAbbreviation(tail)) return false;
  const { width, small, other, punctuated, running, even, ended } = prose;
  const narrow = width < WRAP_WIDTH.least;
  const filled = line.text.length + 1 + next.text.split(/\s/, 1)[0]!.length;
  if (/^\p{Ll}/u.test(next.text)) {
    if (line.kind === 'item' || OPEN_START.test(next.text)) return true;
    return (!narrow || punctuated) && width <= WRAP_WIDTH.most && (running || filled >= width * HAND_WRAPPED);
  }
  if (narrow || width > WRAP_WIDTH.most) return false;
  if (small > other && filled > width) return true;
  return even && ended && running && filled >= width * HAND_WRAPPED && line.text.split(/\s+/).length >= PROSE_WORDS;
}

/** In a note typed in capitals: "TRUNK AND" goes on; "HEPATITIS A" may end. */
function endsInCapitalLink(tail: string): boolean {
  return !/\p{Ll}/u.test(tail) && !/\sA$/.test(tail) && OPEN_END.test(tail.toLowerCase());
}

function lastWord(tail: string): string | undefined {
  return /([\p{L}\p{N}.]+)\.$/u.exec(tail)?.[1];
}

function endsInPrefix(tail: string): boolean {
  const word = lastWord(tail);
  return word !== undefined && abbreviationKind(word) === 'prefix';
}

function endsInAbbreviation(tail: string): boolean {
  const word = lastWord(tail);
  return word !== undefined && (abbreviationKind(word) !== undefined || /^\p{Lu}$/u.test(word));
}
