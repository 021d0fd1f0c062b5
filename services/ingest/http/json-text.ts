import { isUtf8 } from 'node:buffer';
import { EpeeError } from '@epee/errors';
import { findJsonError } from './json-error.ts';

/**
 * Parses JSON from bytes. Messages tell where it is wrong, never what stands there.
 * @throws EpeeError TEXT_INVALID_UTF8, REQUEST_JSON_INVALID
 */
export function parseJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) throw new EpeeError('TEXT_INVALID_UTF8', 'The JSON is not valid UTF-8', { stage: 'ingest' });
  const text = bytes.toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    throw invalidAt(text, findJsonError(text));
  }
}

function invalidAt(text: string, position: number): EpeeError {
  const before = text.slice(0, position);
  const line = before.split('\n').length;
  const column = before.length - before.lastIndexOf('\n');
  const where = position >= text.length ? 'it ends too early' : `unexpected character at line ${line}, column ${column}`;
  return new EpeeError('REQUEST_JSON_INVALID', `The JSON is not valid: ${where} (position ${position})`, {
    stage: 'ingest',
    details: { position, line, column },
  });
}
