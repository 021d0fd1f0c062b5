import { EpeeError } from '@epee/errors';

const REPLY_CODES = [
  'READONLY',
  'OOM',
  'MISCONF',
  'LOADING',
  'MASTERDOWN',
  'CLUSTERDOWN',
  'TRYAGAIN',
  'NOREPLICAS',
  'BUSY',
  'NOAUTH',
  'WRONGPASS',
  'NOPERM',
  'NOSCRIPT',
  'WRONGTYPE',
];
/** In Redis 6 a script's own error is part of a longer message. */
const REPLY_CODE = new RegExp(`(?:^|[^A-Z])-?(${REPLY_CODES.join('|')})(?:[^A-Z]|$)`);

const HINTS: Readonly<Record<string, string>> = {
  READONLY: 'EPEE_REDIS_URL leads to a replica; name the primary.',
  OOM: 'Redis is at its maxmemory; give it more.',
  MISCONF: 'Redis cannot write to its disk; make room.',
  LOADING: 'Redis is loading its data; it serves when done.',
  NOAUTH: 'Redis wants a password: set EPEE_REDIS_PASSWORD_FILE.',
  WRONGPASS: 'Check the user name in EPEE_REDIS_URL and EPEE_REDIS_PASSWORD_FILE.',
};

/** Codes of Node for a certificate whose authority is not known. */
const UNTRUSTED = /SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY_LEAF)/;

/**
 * The code at the front of an error that Redis itself answered, or null where the error is not one.
 * The rest of such a message is not used: it may quote arguments.
 */
export function replyCode(error: unknown): string | null {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return null;
  return REPLY_CODE.exec(error.message)?.[1] ?? /^[A-Z]+/.exec(error.message)?.[0] ?? 'ERR';
}

/**
 * An error of the client as one of ours: REDIS_REFUSED where Redis answered with an error,
 * REDIS_UNREACHABLE for everything else.
 * @param address `host:port`
 */
export function redisError(address: string, error: unknown): EpeeError {
  if (error instanceof EpeeError) return error;
  const code = replyCode(error);
  if (code !== null) {
    const hint = HINTS[code];
    return new EpeeError('REDIS_REFUSED', `Redis at ${address} refused a command (${code})`, {
      stage: 'project',
      details: { address, reason: code },
      ...(hint === undefined ? {} : { hint }),
    });
  }
  const reason = reasonOf(error);
  const isUntrusted = UNTRUSTED.test(reason);
  return new EpeeError('REDIS_UNREACHABLE', `Redis at ${address} cannot be reached (${reason})`, {
    stage: 'project',
    details: { address, reason },
    hint: isUntrusted
      ? 'The certificate of Redis is not trusted: set EPEE_REDIS_TLS_CA_FILE to the certificate of its authority.'
      : 'Check EPEE_REDIS_URL and that Redis runs there; `epee up` starts a local one.',
  });
}

function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === 'string') return code;
  return typeof message === 'string' && /timed out/i.test(message) ? 'timeout' : 'connection closed';
}
