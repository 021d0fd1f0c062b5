import { EpeeError } from '@epee/errors';
import { describeEncoding } from './decode.ts';

/** What is wrong with a row. @param where `file:line`, or the file */
export const rowProblem = (code: 'FILE_INVALID' | 'TEXT_INVALID_UTF8' | 'TEXT_TOO_LARGE', where: string, what: string): EpeeError =>
  new EpeeError(code, `${where}: ${what}`, { stage: 'read', details: { where } });

/** TEXT_INVALID_UTF8 for the bytes of a row: where they stop being UTF-8, what they look like, and how to convert the file. */
export function notUtf8(where: string, bytes: Buffer): EpeeError {
  const { at, looksLike } = describeEncoding(bytes);
  const isText = looksLike !== 'binary data';
  return new EpeeError('TEXT_INVALID_UTF8', `${where}: the bytes are not valid UTF-8 from byte ${at} on; they look like ${looksLike}`, {
    stage: 'read',
    details: { where, at },
    hint: isText ? `Convert the file: iconv -f ${looksLike} -t UTF-8 FILE > CONVERTED` : 'Give a file of plain text in UTF-8.',
  });
}

/** FILE_INVALID for a file of which the rest cannot be read; an error of ours stays what it is. */
export function cutShort(path: string, cause: unknown): EpeeError {
  if (cause instanceof EpeeError) return cause;
  const reason = reasonOf(cause);
  const what = reason.startsWith('Z_') ? 'is not a whole gzip file' : 'cannot be read';
  return new EpeeError('FILE_INVALID', `${path} ${what} (${reason}); its notes up to there have been read`, {
    stage: 'read',
    details: { path, reason },
    cause,
  });
}

/** The system's or library's code of an error. */
export const reasonOf = (cause: unknown): string => (cause as NodeJS.ErrnoException).code ?? 'unknown reason';
