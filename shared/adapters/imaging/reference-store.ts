import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { EpeeError } from '@epee/errors';
import type { ImageReference } from '@epee/records';
import { readFromFolders } from './folders.ts';
import { hostRules } from './host-rules.ts';
import { type Resolve, readFromHosts } from './hosts.ts';
import { digestMismatch, refused, unreachable } from './reference-errors.ts';

/** Where references may lead, and limits of fetching. */
export interface ReferenceStoreOptions {
  /** Absolute paths of the folders that `file:` references may name. */
  readonly folders: readonly string[];
  /**
   * Hosts that `http:` and `https:` references may name: `host` (default port) or `host:port`, in
   * lower case.
   */
  readonly hosts: readonly string[];
  readonly maxBytes: number;
  readonly timeoutMs: number;
  /** Looks up the addresses of a host. @default the system's resolver */
  readonly resolve?: Resolve;
}

/** Fetches images that are outside their events. */
export interface ReferenceStore {
  /**
   * The bytes at a reference, checked against its size and SHA-256.
   * @throws EpeeError IMAGE_REFERENCE_REFUSED (outside the allowed folders and hosts),
   * IMAGE_REFERENCE_MISSING, IMAGE_TOO_LARGE, IMAGE_DIGEST_MISMATCH, IMAGE_STORE_UNREACHABLE
   */
  fetch(reference: ImageReference): Promise<Buffer>;
}

/** Opens a store for allowed folders and hosts. No link or redirect leads outside them. */
export function openReferenceStore({ folders, hosts, maxBytes, timeoutMs, resolve }: ReferenceStoreOptions): ReferenceStore {
  const rules = hostRules(hosts);
  const read = (url: URL, bytes: number, signal: AbortSignal): Promise<Buffer> => {
    if (url.protocol === 'file:') return readFromFolders(url, { folders, bytes });
    if (url.protocol === 'http:' || url.protocol === 'https:')
      return readFromHosts(url, { rules, bytes, signal, ...(resolve && { resolve }) });
    throw refused('The reference must be a file:, http: or https: URI');
  };
  return {
    async fetch({ uri, sha256, bytes }) {
      if (bytes > maxBytes) throw tooLarge(bytes, maxBytes);
      if (!URL.canParse(uri)) throw refused('The reference is not a valid URI');
      const found = await within(timeoutMs, (signal) => read(new URL(uri), bytes, signal));
      if (found.length !== bytes) throw digestMismatch(`The image at the reference has ${found.length} bytes, but its event says ${bytes}`);
      const digest = createHash('sha256').update(found).digest('hex');
      if (digest !== sha256) throw digestMismatch(`The image at the reference has SHA-256 ${digest}, but its event says ${sha256}`);
      return found;
    },
  };
}

/** A read from a network folder cannot be cancelled; after the time limit it is abandoned. */
async function within(timeoutMs: number, work: (signal: AbortSignal) => Promise<Buffer>): Promise<Buffer> {
  const late = new AbortController();
  const done = new AbortController();
  const timer = sleep(timeoutMs, undefined, { signal: done.signal }).then(() => {
    late.abort();
    throw unreachable(`The store of the image did not answer within ${timeoutMs} ms`);
  });
  timer.catch(() => undefined);
  try {
    return await Promise.race([work(late.signal), timer]);
  } finally {
    done.abort();
  }
}

const tooLarge = (bytes: number, maxBytes: number) =>
  new EpeeError('IMAGE_TOO_LARGE', `The reference says ${bytes} bytes; ${maxBytes} are allowed`, {
    stage: 'decode',
    details: { bytes, maxBytes },
    hint: 'EPEE_IMAGE_MAX_BYTES sets the limit.',
  });
