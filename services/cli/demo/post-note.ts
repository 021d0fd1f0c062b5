import { request } from 'node:http';
import { EpeeError } from '@epee/errors';
import type { Sample } from './samples.ts';

const ANSWER_LIMIT_MS = 30_000;

/** Posts a note and waits for 202, which ingest gives when Kafka has it. @throws EpeeError INGEST_UNAVAILABLE with the status that came instead */
export function postNote(url: string, { documentId, text }: Sample): Promise<void> {
  const body = JSON.stringify({ documentId, source: 'epee-demo', text });
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    // A connection of its own, so that none is left open at the end.
    const post = request(url, { method: 'POST', headers, agent: false, timeout: ANSWER_LIMIT_MS }, (answer) => {
      answer.resume();
      if (answer.statusCode === 202) resolve();
      else reject(refused(documentId, `status ${answer.statusCode}`));
    });
    post.on('timeout', () => post.destroy(new Error('timeout')));
    post.on('error', (cause) => reject(refused(documentId, (cause as NodeJS.ErrnoException).code ?? cause.message)));
    post.end(body);
  });
}

/** Names the sample: its id is the name of a file of this project, not of a patient. */
const refused = (documentId: string, reason: string) =>
  new EpeeError('INGEST_UNAVAILABLE', `Ingest did not take the sample ${documentId} (${reason})`, { stage: 'ingest', details: { reason } });
