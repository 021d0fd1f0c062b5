const SPACE = /[ \t\n\r]*/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})/y;
const QUOTE = '"'.charCodeAt(0);
const BACKSLASH = '\\'.charCodeAt(0);
const FIRST_PRINTABLE = 0x20;

/** What may come next. */
type Expected = 'value' | 'value-or-end' | 'key' | 'key-or-end' | 'colon' | 'comma-or-end';

/** Where reading goes on and what may stand there; `expected: null` where the text is wrong at `at`. */
interface Step {
  readonly at: number;
  readonly expected: Expected | null;
}

/**
 * Position (UTF-16 units) of the first character at which a text is no longer JSON; the text's length where it ends too early. V8's own messages quote the text and
 * often leave the position out.
 * @see RFC 8259
 */
export function findJsonError(text: string): number {
  const open: ('{' | '[')[] = [];
  let expected: Expected = 'value';
  let at = skip(SPACE, text, 0);
  while (at < text.length) {
    const next = step(text, at, expected, open);
    if (next.expected === null) return next.at;
    expected = next.expected;
    at = skip(SPACE, text, next.at);
    if (open.length === 0) return at;
  }
  return at;
}

/** Reads one token. */
function step(text: string, at: number, expected: Expected, open: ('{' | '[')[]): Step {
  const sign = text[at]!;
  const parent = open.at(-1);
  if (mayClose(sign, parent, expected)) {
    open.pop();
    return { at: at + 1, expected: 'comma-or-end' };
  }
  if (expected === 'comma-or-end') return oneSign(sign === ',', at, parent === '{' ? 'key' : 'value');
  if (expected === 'colon') return oneSign(sign === ':', at, 'value');
  if (expected === 'key' || expected === 'key-or-end') return sign === '"' ? readString(text, at, 'colon') : { at, expected: null };
  if (sign === '"') return readString(text, at, 'comma-or-end');
  if (sign === '{' || sign === '[') {
    open.push(sign);
    return { at: at + 1, expected: sign === '{' ? 'key-or-end' : 'value-or-end' };
  }
  const end = skip(SCALAR, text, at);
  return { at: end, expected: end === at ? null : 'comma-or-end' };
}

function mayClose(sign: string, parent: '{' | '[' | undefined, expected: Expected): boolean {
  if (parent === '{') return sign === '}' && (expected === 'key-or-end' || expected === 'comma-or-end');
  return parent === '[' && sign === ']' && (expected === 'value-or-end' || expected === 'comma-or-end');
}

const oneSign = (fits: boolean, at: number, next: Expected): Step => (fits ? { at: at + 1, expected: next } : { at, expected: null });

/** Reads a string from its opening quote. A loop, since a pattern over a megabyte of text would exhaust the stack. */
function readString(text: string, start: number, next: Expected): Step {
  let at = start + 1;
  while (at < text.length) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) return { at: at + 1, expected: next };
    const end = unit === BACKSLASH ? skip(ESCAPE, text, at) : unit < FIRST_PRINTABLE ? at : at + 1;
    if (end === at) return { at, expected: null };
    at = end;
  }
  return { at, expected: null };
}

function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}
