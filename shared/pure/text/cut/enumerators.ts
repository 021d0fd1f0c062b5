/** A number or letter that begins an item amid a line: "1. ", "2) ", "b. ". White space or a comma is before it, a capital or a digit after it. */
const ENUMERATOR = /(?<=^|[\s,])(\d{1,2}|[a-h])([.)])(?=\s+[\p{Lu}\p{N}]|\p{Lu}\p{Ll})/gu;
/** Words that take a number: "on day 2. Dressing changed" is no second item. */
const NUMBERED =
  /\b(?:day|week|month|year|cycle|grade|stage|type|class|phase|level|step|dose|score|every|no|number|visit|room|bed|bay|ward|page|line|group|arm|cohort|toe|digit|finger|version|part|post-?op|pod)\s*$/i;
/** Characters before an enumerator that are looked at. */
const LOOK = 16;

/**
 * Where the items of lists that are written in one line begin: "may include: 1. Infection. 2. Bleeding." Numbers and letters count where they ascend from 1 or a, and at
 * least two of them do: a dose ("take 1. Then") or an initial stands alone.
 *
 * @returns offsets of the numbers and letters, ascending
 */
export function inlineItems(content: string): number[] {
  const starts: number[] = [];
  for (const isNumber of [true, false]) {
    let run: number[] = [];
    for (const { index, 1: sign } of content.matchAll(ENUMERATOR)) {
      if (/\d/.test(sign!) !== isNumber || NUMBERED.test(content.slice(Math.max(0, index - LOOK), index))) continue;
      const order = isNumber ? Number(sign) : sign!.charCodeAt(0) - 96;
      if (order === 1) {
        keep(run, starts);
        run = beginsList(content, index) ? [index] : [];
      } else if (order === run.length + 1 && run.length > 0) run.push(index);
    }
    keep(run, starts);
  }
  return starts.sort((a, b) => a - b);
}

function keep(run: readonly number[], starts: number[]): void {
  if (run.length > 1) starts.push(...run);
}

/** The first item is at the beginning or after a mark: "take 1. Then" begins no list. */
function beginsList(content: string, at: number): boolean {
  const before = content.slice(Math.max(0, at - LOOK), at).trimEnd();
  return before === '' || /[:.;,!?)]$/.test(before);
}
