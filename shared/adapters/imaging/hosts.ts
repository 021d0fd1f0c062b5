import { lookup } from 'node:dns/promises';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { EpeeError } from '@epee/errors';
import type { HostRule, HostRules } from './host-rules.ts';
import { digestMismatch, missing, refused, unreachable } from './reference-errors.ts';

/** Looks up a host's addresses. */
export type Resolve = (host: string) => Promise<readonly { readonly address: string; readonly family: number }[]>;

/** What reading from a host needs. */
export interface HostRead {
  readonly rules: HostRules;
  /** Bytes that the image is said to have; not more are read. */
  readonly bytes: number;
  /** Ends the reading. */
  readonly signal: AbortSignal;
  readonly resolve?: Resolve;
}

const MAX_REDIRECTS = 3;
/** Answers that may be others later; of the rest of 4xx nothing is expected to change. */
const PASSING = new Set([401, 407, 408, 425, 429]);

const resolveBySystem: Resolve = (host) => lookup(host, { all: true });

/**
 * Reads from an allowed host. Checked are the host as written, every address that its name has, and the address that was connected to; all of it again after a redirect.
 * Proxies of the environment are not used.
 * @throws EpeeError IMAGE_REFERENCE_REFUSED, IMAGE_REFERENCE_MISSING, IMAGE_DIGEST_MISMATCH (more bytes than it is said to have), IMAGE_STORE_UNREACHABLE
 */
export async function readFromHosts(url: URL, options: HostRead): Promise<Buffer> {
  let at = url;
  for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
    const answer = await ask(at, options);
    const status = answer.statusCode ?? 0;
    const target = answer.headers.location;
    if (status >= 300 && status < 400 && target !== undefined) {
      answer.destroy();
      at = redirectedTo(target, at);
      continue;
    }
    if (status === 200) return readAll(answer, options.bytes);
    answer.destroy();
    if (status >= 400 && status < 500 && !PASSING.has(status))
      throw missing(`The image's host has nothing at the reference (HTTP ${status})`);
    if (status >= 400) throw unreachable(`The image's host does not answer as it should (HTTP ${status})`);
    throw missing(`The image's host answers the reference without an image (HTTP ${status})`);
  }
  throw refused(`The reference is redirected more than ${MAX_REDIRECTS} times`);
}

function redirectedTo(target: string, from: URL): URL {
  if (!URL.canParse(target, from.href)) throw refused('The reference is redirected to no valid URL');
  const url = new URL(target, from);
  if (url.protocol !== 'https:' && url.protocol !== from.protocol)
    throw refused(`The reference is redirected from ${from.protocol} to another scheme`);
  return url;
}

function ask(url: URL, { rules, signal, resolve = resolveBySystem }: HostRead): Promise<IncomingMessage> {
  const rule = rules.of(url);
  if (rule === null) throw refused(`The reference names none of the ${rules.size} hosts that EPEE_IMAGE_HOSTS allows`);
  if (url.username !== '' || url.password !== '') throw refused('The reference holds a user name or a password');
  const literal = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(literal) !== 0 && !rule.allows(literal)) throw refusedAddress();
  const secure = url.protocol === 'https:';
  return new Promise((answered, rejected) => {
    const call = (secure ? requestHttps : requestHttp)(url, {
      signal,
      // No kept connections: each is checked for the host that it is made for.
      agent: false,
      lookup: checkedLookup(rule, resolve),
      headers: { 'accept-encoding': 'identity', connection: 'close' },
    });
    call.on('error', (cause) =>
      rejected(cause instanceof EpeeError ? cause : unreachable(`The image's host does not answer (${codeOf(cause)})`, cause)),
    );
    call.on('response', answered);
    call.on('socket', (socket) => {
      socket.once(secure ? 'secureConnect' : 'connect', () => {
        // Nothing has been sent so far.
        if (rule.allows((socket as TLSSocket).remoteAddress ?? '')) call.end();
        else call.destroy(refusedAddress());
      });
    });
  });
}

/** A look-up all of whose addresses must be allowed: one that is not shows that somebody plays with the name. */
function checkedLookup(rule: HostRule, resolve: Resolve): LookupFunction {
  return (host, { all }, done) => {
    resolve(host).then(
      (found) => {
        const [first] = found;
        if (first === undefined) done(unreachable("The image's host has no address"), []);
        else if (!found.every(({ address }) => rule.allows(address))) done(refusedAddress(), []);
        else if (all === true) done(null, [...found]);
        else done(null, first.address, first.family);
      },
      (cause: NodeJS.ErrnoException) => done(cause, []),
    );
  };
}

async function readAll(answer: IncomingMessage, bytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > bytes) throw digestMismatch(`The image at the reference has more than ${bytes} bytes, which the event says`);
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof EpeeError) throw cause;
    throw unreachable(`The image's host ended its answer early (${codeOf(cause)})`, cause);
  }
  return Buffer.concat(chunks, length);
}

const refusedAddress = () => refused('The host of the reference leads to an address that is not allowed for it');

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? 'unknown reason';
