import { isDeepStrictEqual } from 'node:util';
import { EpeeError } from '@epee/errors';
import type { ResultJson } from '@epee/records';

/** Whether what was sent, what the topic holds and what Redis holds are the same. */
export interface Agreement {
  readonly sent: number;
  /** Documents sent that have a result on the topic. */
  readonly onTopic: number;
  /** Documents sent that have a result in Redis. */
  readonly inRedis: number;
  /** Documents without a result on the topic, or with another (or none) in Redis. */
  readonly differing: readonly string[];
}

/** Compares, document by document and with everything that a result holds. */
export function compare(
  documentIds: readonly string[],
  onTopic: ReadonlyMap<string, ResultJson>,
  inRedis: ReadonlyMap<string, ResultJson>,
): Agreement {
  const differing = documentIds.filter((id) => {
    const expected = onTopic.get(id);
    return expected === undefined || !isDeepStrictEqual(asJson(expected), asJson(inRedis.get(id) ?? null));
  });
  return {
    sent: documentIds.length,
    onTopic: documentIds.filter((id) => onTopic.has(id)).length,
    inRedis: documentIds.filter((id) => inRedis.has(id)).length,
    differing,
  };
}

/** Whether every document has its result, the same on the topic and in Redis. */
export const isComplete = ({ sent, onTopic, inRedis, differing }: Agreement): boolean =>
  sent > 0 && onTopic === sent && inRedis === sent && differing.length === 0;

/**
 * Throws where a document did not come through.
 *
 * @param logFolder where the services wrote why
 * @throws EpeeError RESULT_INCOMPLETE
 */
export function demandComplete(agreement: Agreement, logFolder: string): void {
  if (isComplete(agreement)) return;
  const { sent, differing } = agreement;
  throw new EpeeError(
    'RESULT_INCOMPLETE',
    `${differing.length} of ${sent} documents have no result, or not the same on the topic and in Redis`,
    {
      stage: 'cli',
      details: { differing: differing.length, sent },
      hint: `The services wrote their logs to ${logFolder}`,
    },
  );
}

/** What is left of a value once it has been written and read as JSON (-0 becomes 0). */
const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
