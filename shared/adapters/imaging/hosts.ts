import { lookup } from 'node:dns/promises';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { EpeeError } from '@epee/errors';
import type { HostRule, HostRules } from './host-rules.ts';
import { digestMismatch, missing, refused, unreachable } from './reference-errors.ts';

/** Looks up the addresses of a host. */
export type Resolve = (host: string) => Promise<readonly { readonly address: string; readonly family: number }[]>;

/** Options of reading from a host. */
export interface HostRead {
  readonly rules: HostRules;
  /** Size of the image by its event; no more is read. */
  readonly bytes: number;
  /** Ends the request. */
  readonly signal: AbortSignal;
  readonly resolve?: Resolve;
}

const MAX_REDIRECTS = 3;
/** Temporary answers; no other 4xx is expected to change. */
const PASSING = new Set([401, 407, 408, 425, 429]);

const resolveBySystem: Resolve = (host) => lookup(host, { all: true });

/**
 * Reads from an allowed host. Three things are checked, again after every redirect: the host as
 * written, every address of its name, and the address of the connection. Proxies of the environment
 * are not used.
 * @throws EpeeError IMAGE_REFERENCE_REFUSED, IMAGE_REFERENCE_MISSING, IMAGE_DIGEST_MISMATCH (more
 * bytes than the event says), IMAGE_STORE_UNREACHABLE
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
    if (status >= 400 && status < 500 && !PASSING.has(status)) throw missing(`The host has no image at the reference (HTTP ${status})`);
    if (status >= 400) throw unreachable(`The host of the image does not work (HTTP ${status})`);
    throw missing(`The host answers the reference without an image (HTTP ${status})`);
  }
  throw refused(`The reference is redirected more than ${MAX_REDIRECTS} times`);
}

function redirectedTo(target: string, from: URL): URL {
  if (!URL.canParse(target, from.href)) throw refused('The reference is redirected to an invalid URL');
  const url = new URL(target, from);
  if (url.protocol !== 'https:' && url.protocol !== from.protocol)
    throw refused(`The reference is redirected from ${from.protocol} to another scheme`);
  return url;
}

function ask(url: URL, { rules, signal, resolve = resolveBySystem }: HostRead): Promise<IncomingMessage> {
  const rule = rules.of(url);
  if (rule === null) throw refused(`The host of the reference is none of the ${rules.size} hosts that EPEE_IMAGE_HOSTS allows`);
  if (url.username !== '' || url.password !== '') throw refused('The reference contains a user name or a password');
  const literal = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(literal) !== 0 && !rule.allows(literal)) throw refusedAddress();
  const secure = url.protocol === 'https:';
  return new Promise((answered, rejected) => {
    const call = (secure ? requestHttps : requestHttp)(url, {
      signal,
      // No connection is reused: each one is checked for its own host.
      agent: false,
      lookup: checkedLookup(rule, resolve),
      headers: { 'accept-encoding': 'identity', connection: 'close' },
    });
    call.on('error', (cause) =>
      rejected(cause instanceof EpeeError ? cause : unreachable(`The host of the image does not answer (${codeOf(cause)})`, cause)),
    );
    call.on('response', answered);
    call.on('socket', (socket) => {
      socket.once(secure ? 'secureConnect' : 'connect', () => {
        // Nothing was sent before this check.
        if (rule.allows((socket as TLSSocket).remoteAddress ?? '')) call.end();
        else call.destroy(refusedAddress());
      });
    });
  });
}

/** A look-up whose addresses must all be allowed: a single bad one suggests a manipulated name. */
function checkedLookup(rule: HostRule, resolve: Resolve): LookupFunction {
  return (host, { all }, done) => {
    resolve(host).then(
      (found) => {
        const [first] = found;
        if (first === undefined) done(unreachable('The host of the image has no address'), []);
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
      if (length > bytes) throw digestMismatch(`The image at the reference has more than ${bytes} bytes, the size in its event`);
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof EpeeError) throw cause;
    throw unreachable(`The host of the image ended its answer early (${codeOf(cause)})`, cause);
  }
  return Buffer.concat(chunks, length);
}

const refusedAddress = () => refused('The host of the reference has an address that is not allowed');

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code ?? 'unknown reason';
