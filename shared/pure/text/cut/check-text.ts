import { EpeeError } from '@epee/errors';
import { isLowSurrogate } from './code-points.ts';
import { isEmpty, trimRange } from './lines.ts';

/**
 * Says whether a note's text can be read at all.
 *
 * @param maxBytes longest text accepted, bytes of its UTF-8 form
 * @returns TEXT_EMPTY (nothing but white space), TEXT_TOO_LARGE or TEXT_INVALID_UTF8 (half of a surrogate pair, so the text has no UTF-8 form); null if it can
 */
export function checkText(text: string, maxBytes: number): EpeeError | null {
  if (isEmpty(trimRange(text, { start: 0, end: text.length }))) {
    return new EpeeError('TEXT_EMPTY', 'field text is empty: it holds no character other than white space', {
      stage: 'text',
      hint: 'Send the text of the note.',
    });
  }
  const { bytes, loneSurrogateAt } = measureUtf8(text);
  if (loneSurrogateAt >= 0) {
    return new EpeeError(
      'TEXT_INVALID_UTF8',
      `field text is not valid Unicode: half of a surrogate pair at UTF-16 offset ${loneSurrogateAt}`,
      {
        stage: 'text',
        details: { offset: loneSurrogateAt },
        hint: 'Send the text as valid UTF-8.',
      },
    );
  }
  if (bytes > maxBytes) {
    return new EpeeError('TEXT_TOO_LARGE', `field text is too large: ${bytes} bytes, the limit is ${maxBytes}`, {
      stage: 'text',
      details: { bytes, maxBytes },
      hint: 'Split the note, or raise EPEE_NOTE_MAX_BYTES.',
    });
  }
  return null;
}

function measureUtf8(text: string): { bytes: number; loneSurrogateAt: number } {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (unit < 0xd800 || unit > 0xdfff) bytes += 3;
    else if (unit < 0xdc00 && isLowSurrogate(text.charCodeAt(i + 1))) {
      bytes += 4;
      i += 1;
    } else return { bytes, loneSurrogateAt: i };
  }
  return { bytes, loneSurrogateAt: -1 };
}
