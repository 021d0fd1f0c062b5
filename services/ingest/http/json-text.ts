import { isUtf8 } from 'node:buffer';
import { EpeeError } from '@epee/errors';
import { findJsonError } from './json-error.ts';

/**
 * Parses JSON from bytes. Messages name the place of an error, never the text at that place.
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

function invalidAt(text: string, position: number | null): EpeeError {
  if (position === null) return invalid('it is nested too deeply', {});
  const before = text.slice(0, position);
  const line = before.split('\n').length;
  const column = before.length - before.lastIndexOf('\n');
  const where = position >= text.length ? 'it ends too early' : `unexpected character at line ${line}, column ${column}`;
  return invalid(`${where} (position ${position})`, { position, line, column });
}

const invalid = (problem: string, details: EpeeError['details']) =>
  new EpeeError('REQUEST_JSON_INVALID', `The JSON is not valid: ${problem}`, { stage: 'ingest', details });
