/** A half-open range of a text in UTF-16 units. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** LF, CRLF, lone CR, vertical tab, form feed, next line, line and paragraph separator. */
const LINE_BREAK = /\r\n|[\n\r\v\f\u0085\u2028\u2029]/g;

/** A range without the white space at both of its ends. A blank range becomes empty, at its own start. */
export function trimRange(text: string, { start, end }: Range): Range {
  let from = start;
  let to = end;
  while (from < to && isBlank(text.charCodeAt(from))) from += 1;
  if (from === to) return { start, end: start };
  while (isBlank(text.charCodeAt(to - 1))) to -= 1;
  return { start: from, end: to };
}

/** The lines of a range, each trimmed; blank lines are empty ranges. Line breaks belong to no line. */
export function splitLines(text: string, range: Range): Range[] {
  const lines: Range[] = [];
  let start = range.start;
  // A slice, so that the search for a break never reads past the range: many ranges may share one long line.
  for (const lineBreak of text.slice(range.start, range.end).matchAll(LINE_BREAK)) {
    const end = range.start + lineBreak.index;
    lines.push(trimRange(text, { start, end }));
    start = end + lineBreak[0].length;
  }
  lines.push(trimRange(text, { start, end: range.end }));
  return lines;
}

/** Whether a range holds nothing. */
export function isEmpty({ start, end }: Range): boolean {
  return start === end;
}

/** The same characters as `\s` and the next-line control, which BERT's pre-tokenizer takes for white space, too. */
export function isBlank(unit: number): boolean {
  return (
    unit === 0x20 ||
    (unit >= 0x09 && unit <= 0x0d) ||
    unit === 0x85 ||
    unit === 0xa0 ||
    unit === 0x1680 ||
    (unit >= 0x2000 && unit <= 0x200a) ||
    unit === 0x2028 ||
    unit === 0x2029 ||
    unit === 0x202f ||
    unit === 0x205f ||
    unit === 0x3000 ||
    unit === 0xfeff
  );
}
