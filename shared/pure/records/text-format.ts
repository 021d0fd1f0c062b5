/** A text that is no plain text, by its look. */
export interface ForeignFormat {
  /** What it looks like, for a message: `RTF`. */
  readonly looksLike: string;
  /** What the sender can do. */
  readonly hint: string;
}

const CONVERT = 'Convert it to plain text before it is sent';
const HTML = { looksLike: 'HTML or XML', hint: `${CONVERT}: take the text out of the tags and undo entities such as &amp;.` };
const ENTITY = /&(?:nbsp|quot|amp|lt|gt|apos|#\d{1,5}|#x[\da-f]{1,4});/gi;
/** Entities from which on they are no accident. */
const MANY_ENTITIES = 3;
/** Shortest text without white space that is taken for base64 rather than for a word, characters. */
const MIN_BASE64 = 48;

/**
 * Says whether a text is something else than the plain text of a note: RTF, HTML, base64, HL7 v2 formatted text, or bytes of UTF-16 and padded fields, which bring NULs. The
 * model would read its markup as clinical text, silently.
 * @returns null for plain text
 */
export function foreignFormat(text: string): ForeignFormat | null {
  const head = text.slice(0, 500).trimStart();
  if (head.startsWith('{\\rtf')) return { looksLike: 'RTF', hint: `${CONVERT}, for example with LibreOffice or striprtf.` };
  if (/^<(?:!doctype|\?xml|html|body|head|div|p|table|span|clinicaldocument)\b[^>]*>/i.test(head)) return HTML;
  if (/\\\.(?:br|sp|ce|in|ti|sk)[+-]?\d*\\/.test(text))
    return { looksLike: 'HL7 v2 formatted text', hint: `${CONVERT}: undo the escapes (\\.br\\ is a line break).` };
  if (text.includes('\0'))
    return { looksLike: 'UTF-16 or a padded field (it has NUL characters)', hint: `${CONVERT}: decode UTF-16, and cut the padding off.` };
  if (isBase64(text)) return { looksLike: 'base64', hint: `${CONVERT}: decode the base64.` };
  return (text.match(ENTITY)?.length ?? 0) >= MANY_ENTITIES ? HTML : null;
}

function isBase64(text: string): boolean {
  const solid = text.replace(/\s+/g, '');
  if (solid.length < MIN_BASE64 || solid.length % 4 !== 0 || /[^\s]\s+[^\s]/.test(text.slice(0, MIN_BASE64))) return false;
  return /^[A-Za-z0-9+/]+={0,2}$/.test(solid) && /[a-z]/.test(solid) && /[A-Z]/.test(solid);
}
