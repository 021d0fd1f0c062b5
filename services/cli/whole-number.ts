import { EpeeError } from '@epee/errors';

/**
 * An option's value as a whole number from 1 on.
 *
 * @throws EpeeError USAGE_INVALID naming the option, the limit and the value
 */
export function wholeNumber(option: string, text: string, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= most) return value;
  throw new EpeeError('USAGE_INVALID', `${option} must be a whole number from 1 to ${most}, not ${JSON.stringify(text.slice(0, 40))}`, {
    stage: 'cli',
    details: { option, most },
  });
}
