import { request } from 'node:http';
import { EpeeError } from '@epee/errors';
import type { Sample, SampleImage } from './samples.ts';

const ANSWER_LIMIT_MS = 30_000;

/** Posts a note and waits for 202, which ingest gives when Kafka has it. @throws EpeeError INGEST_UNAVAILABLE with the status that came instead */
export function postNote(url: string, { documentId, text }: Sample): Promise<void> {
  const body = Buffer.from(JSON.stringify({ documentId, source: 'epee-demo', text }));
  return post(new URL('notes', url), { documentId, type: 'application/json', body });
}

/** Posts an image as {@link postNote} does a note. */
export function postImage(url: string, { documentId, mediaType, bytes }: SampleImage): Promise<void> {
  const target = new URL('images', url);
  target.search = String(new URLSearchParams({ documentId, source: 'epee-demo' }));
  return post(target, { documentId, type: mediaType, body: bytes });
}

interface Post {
  readonly documentId: string;
  readonly type: string;
  readonly body: Buffer;
}

function post(url: URL, { documentId, type, body }: Post): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': type, 'content-length': body.length };
    // A connection of its own, so that none is left open at the end.
    const sent = request(url, { method: 'POST', headers, agent: false, timeout: ANSWER_LIMIT_MS }, (answer) => {
      answer.resume();
      if (answer.statusCode === 202) resolve();
      else reject(refused(documentId, `status ${answer.statusCode}`));
    });
    sent.on('timeout', () => sent.destroy(new Error('timeout')));
    sent.on('error', (cause) => reject(refused(documentId, (cause as NodeJS.ErrnoException).code ?? cause.message)));
    sent.end(body);
  });
}

/** Names the sample: its id is the name of a file of this project, not of a patient. */
const refused = (documentId: string, reason: string) =>
  new EpeeError('INGEST_UNAVAILABLE', `Ingest did not take the sample ${documentId} (${reason})`, { stage: 'ingest', details: { reason } });
