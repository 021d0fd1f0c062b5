import { readFileSync } from 'node:fs';

/**
 * The last lines of a log file, at most `maxLines` and 4,000 characters; empty where there is no
 * such file.
 */
export function tail(path: string, maxLines = 15): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return '';
  }
  return text.trimEnd().split('\n').slice(-maxLines).join('\n').slice(-4000);
}
