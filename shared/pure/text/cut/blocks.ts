import { abbreviationKind } from './abbreviations.ts';
import { type LineKind, lineKind } from './line-kinds.ts';
import { isEmpty, type Range, splitLines } from './lines.ts';

/** Widths, in characters, between which a run of lines may be prose that was wrapped by hand or by a program. */
const WRAP_WIDTH = { least: 45, most: 200 };
/** Part of that width which a line that was wrapped by hand fills at least, the next line's first word counted in. */
const HAND_WRAPPED = 0.85;
/** A line that ends so goes on in the next one, whatever that begins with. */
const OPEN_END =
  /(?:[,(\-–—/+=]|\b(?:a|an|the|of|to|in|on|at|by|for|from|with|without|and|or|nor|but|as|than|that|which|who|was|were|is|are|be|been|has|had|have|his|her|their|due|after|before|during|following|until|while|into|per|via|not|no|mild|severe))$/;
/** A line that begins so goes on from the one before. */
const OPEN_START =
  /^(?:after|before|with|without|and|or|but|of|to|for|from|by|due|secondary|because|which|who|that|than|while|until|during|following|as|at|in|on)\s/;
/** "Musculoskeletal: ..." */
const LABELLED = /^\p{Lu}[^.:;,]{0,40}:(?:\s|$)/u;
const ENDS_SENTENCE = /[.!?…。！？｡]["'”’)\]»]*$/u;

interface Line extends Range {
  readonly text: string;
  readonly kind: LineKind;
}

/**
 * Groups the lines of a section's body into blocks, in which a line break is no more than white space. A blank line, a list item, a table row, a labelled
 * line and a line break between short lines end a block; one inside hard-wrapped prose does not.
 *
 * @returns blocks in order; together they hold every character of the body that is not white space
 */
export function splitBlocks(text: string, body: Range): Range[] {
  const blocks: Range[] = [];
  for (const run of runsOfLines(text, body)) {
    const prose = proseOf(run);
    let start = run[0]!.start;
    run.forEach((line, index) => {
      const next = run[index + 1];
      if (next !== undefined && goesOn(line, next, prose)) return;
      blocks.push({ start, end: line.end });
      if (next !== undefined) start = next.start;
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
      run.push({ ...range, text: content, kind: lineKind(content) });
    } else if (run.length > 0) {
      runs.push(run);
      run = [];
    }
  }
  if (run.length > 0) runs.push(run);
  return runs;
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
  return { width, small, other, punctuated };
}

function goesOn(line: Line, next: Line, prose: Prose): boolean {
  if (line.kind === 'row' || line.kind === 'rule' || next.kind !== 'text' || LABELLED.test(next.text.slice(0, 60))) return false;
  const tail = line.text.slice(-32);
  if (OPEN_END.test(tail) || endsInPrefix(tail)) return true;
  if (ENDS_SENTENCE.test(tail) && !endsInAbbreviation(tail)) return false;
  const { width, small, other, punctuated } = prose;
  const narrow = width < WRAP_WIDTH.least;
  const filled = line.text.length + 1 + next.text.split(/\s/, 1)[0]!.length;
  if (/^\p{Ll}/u.test(next.text)) {
    if (line.kind === 'item' || OPEN_START.test(next.text)) return true;
    return (!narrow || punctuated) && width <= WRAP_WIDTH.most && filled >= width * HAND_WRAPPED;
  }
  return small > other && !narrow && width <= WRAP_WIDTH.most && filled > width;
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
