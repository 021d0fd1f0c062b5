import { printParseErrorCode, visit } from 'jsonc-parser';

const RFC_8259 = { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false };
/** An escape or a control character in a string; group 1 is set where JSON has such an escape. */
const ESCAPE_OR_CONTROL = /\\(["\\/bfnrt]|u[0-9A-Fa-f]{4})?|[^ -\uffff]/g;

/**
 * Position (UTF-16 units) of the first character at which a text is no longer JSON; the text's
 * length where it ends too early. `null` where the text is nested deeper than the parser can
 * follow. V8's own messages quote the text and often have no position.
 * @see RFC 8259
 */
export function findJsonError(text: string): number | null {
  let found: number | null = null;
  const onError = (code: number, offset: number, length: number) => {
    found ??= placeInToken(printParseErrorCode(code), text.slice(offset, offset + length)) + offset;
  };
  try {
    visit(text, { onError }, RFC_8259);
    return found ?? text.length;
  } catch (error) {
    if (error instanceof RangeError) return found;
    throw error;
  }
}

/** Where in a token its error is: the parser names the token alone. */
function placeInToken(code: string, token: string): number {
  if (token.startsWith('"')) {
    for (const { index, 1: valid } of token.matchAll(ESCAPE_OR_CONTROL)) if (valid === undefined) return index;
  }
  return code.startsWith('UnexpectedEnd') ? token.length : 0;
}
