/** A line, or the beginning of one, that is written like a heading. Offsets are relative to the line. */
export interface HeadingShape {
  /** The title alone, without numbering, markdown signs, colon or dash. */
  readonly title: string;
  readonly titleStart: number;
  /** Where the heading ends and its section's text may begin. */
  readonly end: number;
  /** Whether text follows on the same line. */
  readonly inline: boolean;
  readonly mark: 'colon' | 'dash' | 'none';
  readonly numbered: boolean;
  /** `##` or bold around the title: a heading by its writer's own word. */
  readonly markdown: boolean;
}

const MAX_TITLE = 70;
const OPENING = /^(?:#{1,6}\s*|[*_]{1,3}|[=~-]{2,}\s*|[[<]{1,2}\s*)?(?:[*_]{1,3})?/;
const NUMBER = /^(?:\d{1,2}|[IVX]{1,5}|[A-Z])[.)]\s+/;
const CLOSING = /[\s*_=~#\]>-]+$/;
/** Decoration after a title, and the comma that one widespread copy of transcribed notes has after each heading. */
const CLOSED = /^[*_=~#\]>-]*(?:\s*,(?=\s|\d))?\s*/;
const COLON = /[:：]/;
const DASH = /\s[-–—]\s/;

/**
 * Reads a trimmed line as a heading by its form alone: decoration, number, title, colon or dash, text.
 *
 * @returns null where the form cannot be one (no letter first, or the title is too long)
 */
export function headingShape(line: string): HeadingShape | null {
  const opening = OPENING.exec(line)?.[0] ?? '';
  const numbering = NUMBER.exec(line.slice(opening.length, opening.length + 8))?.[0] ?? '';
  const titleStart = opening.length + numbering.length;
  const head = line.slice(titleStart, titleStart + MAX_TITLE + 1);
  if (!/^\p{L}/u.test(head)) return null;
  const cut = cutTitle(head);
  if (cut === null) return null;
  const title = cut.title.replace(CLOSING, '');
  const after = line.slice(titleStart + cut.end);
  const closing = CLOSED.exec(after)?.[0].length ?? 0;
  const end = titleStart + cut.end + closing;
  const inline = end < line.length;
  if (cut.mark === 'none' && inline) return null;
  const markdown = opening.startsWith('##') || (/^[*_]{2}/.test(opening) && /[*_]{2}/.test(head));
  return { title, titleStart, end, inline, mark: cut.mark, numbered: numbering !== '', markdown };
}

function cutTitle(head: string): { title: string; end: number; mark: HeadingShape['mark'] } | null {
  const colon = head.search(COLON);
  if (colon >= 0) return { title: head.slice(0, colon), end: colon + 1, mark: 'colon' };
  const dash = DASH.exec(head);
  if (dash !== null) return { title: head.slice(0, dash.index), end: dash.index + dash[0].length, mark: 'dash' };
  return head.length > MAX_TITLE ? null : { title: head, end: head.length, mark: 'none' };
}

/** Whether every letter is a capital one, and there is at least one. */
export function isAllCaps(text: string): boolean {
  return /\p{Lu}/u.test(text) && !/\p{Ll}/u.test(text);
}

/** Whether a title is written "Like This": every word capitalised, small words apart. */
export function isTitleCase(title: string): boolean {
  const words = title.split(/\s+/);
  return (
    /^\p{Lu}/u.test(title) &&
    words.every((word) => /^[\p{Lu}\p{N}(&/-]/u.test(word) || /^(?:of|and|the|for|on|in|to|with|at|or|by|a)$/.test(word))
  );
}
