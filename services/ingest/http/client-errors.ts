import type { Socket } from 'node:net';
import { EpeeError } from '@epee/errors';
import { problemOf, statusOf } from './answers.ts';

/**
 * Answers what never became a request: a head that does not come, or is no HTTP. Closes the
 * connection.
 */
export function answerClientError(error: Error & { readonly code?: string }, socket: Socket): void {
  if (socket.destroyed || !socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const isLate = error.code === 'ERR_HTTP_REQUEST_TIMEOUT';
  const problem = new EpeeError(
    isLate ? 'REQUEST_TOO_SLOW' : 'REQUEST_FIELD_INVALID',
    isLate ? 'The head of the request did not come in time' : 'The request is not valid HTTP',
    { stage: 'ingest' },
  );
  const body = JSON.stringify(problemOf(problem));
  const head = [
    isLate ? `HTTP/1.1 ${statusOf(problem)} Request Timeout` : 'HTTP/1.1 400 Bad Request',
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
