import { classify, EpeeError, isRefusal } from '@epee/errors';
import type { BatchFailure } from '@epee/redis';

/** Whether time alone may cure an error: broken infrastructure, or producers that compete; a refusal of the brokers ends the import. */
export const mayPass = (error: unknown): boolean =>
  !isRefusal(error) && error instanceof EpeeError && (['retry', 'pause'].includes(classify(error)) || error.code.startsWith('KAFKA_'));

/** Why an import ends, for the person who started it. Never holds words of another library. */
export function failureOf(error: unknown): BatchFailure {
  if (error instanceof EpeeError) return { code: error.code, message: error.message, hint: error.hint ?? null };
  // Messages of other libraries may quote what they worked on.
  const kind = error instanceof Error ? error.name : typeof error;
  return { code: 'INTERNAL', message: `An unforeseen ${kind} ended the import`, hint: 'The log of the jobs service says where it arose.' };
}
