import { EpeeError } from '@epee/errors';
import type { ImageReference } from '@epee/records';
import { createGate, type Gate } from '@epee/stream';
import { Abandoned, processSurroundings, retry, type Surroundings } from '@epee/work';

/** How long a store that does not answer is waited for. */
export interface PatienceOptions {
  /** Attempts at one image. */
  readonly maxAttempts: number;
  /**
   * Milliseconds from the first attempt on, after which one that fails is the last. A host that has
   * not answered anybody for so long gets one attempt per image.
   */
  readonly maxWaitMs: number;
  /** @default the process' */
  readonly surroundings?: Pick<Surroundings, 'monotonicMs' | 'random' | 'sleep'>;
}

/** Who waits for an image. */
export interface Waiter {
  /** Aborted when the image is no longer wanted. */
  readonly abandon?: AbortSignal;
  /** Called after each failed attempt that is followed by another one. */
  readonly onTrouble?: (error: EpeeError, attempts: number, retryInMs: number) => void;
}

/** Tries to read images from stores that may not answer. */
export interface Patience {
  /**
   * Does work on an image at a reference, again and again while its store does not answer. Few works
   * at a time go to one host, so that a slow one delays no other.
   * @throws EpeeError IMAGE_FETCH_FAILED where the store never answered; IMAGE_STORE_UNREACHABLE
   * where the image is no longer wanted, or after `close`; what `work` throws
   */
  attempt<T>(reference: ImageReference, work: () => Promise<T>, waiter?: Waiter): Promise<T>;
  /** Ends all waiting. */
  close(): void;
}

/** Images that are fetched from one host at a time; each holds its bytes until it is decoded. */
const FETCHES_PER_HOST = 2;

interface Host {
  readonly gate: Gate;
  /** When the first of its failures since its last answer was. */
  failingSinceMs: number | null;
}

/** See {@link Patience}. Remembers the hosts that references name: only allowed ones answer, but any may be named, so few are kept. */
export function createPatience({ maxAttempts, maxWaitMs, surroundings = processSurroundings }: PatienceOptions): Patience {
  const hosts = new Map<string, Host>();
  const closing = new AbortController();
  const hostOf = (uri: string): Host => {
    const name = URL.canParse(uri) ? `${new URL(uri).protocol}${new URL(uri).host}` : '';
    const known = hosts.get(name);
    if (known !== undefined) return known;
    const made: Host = { gate: createGate(FETCHES_PER_HOST), failingSinceMs: null };
    if (hosts.size < MAX_HOSTS) hosts.set(name, made);
    return made;
  };

  return {
    async attempt(reference, work, { abandon, onTrouble } = {}) {
      const host = hostOf(reference.uri);
      const beganMs = surroundings.monotonicMs();
      const leftMs = maxWaitMs - (beganMs - (host.failingSinceMs ?? beganMs));
      const stop = abandon === undefined ? closing.signal : AbortSignal.any([closing.signal, abandon]);
      let attempts = 0;
      const once = () =>
        host.gate.run(async () => {
          if (stop.aborted) throw new Abandoned();
          attempts += 1;
          try {
            const value = await work();
            host.failingSinceMs = null;
            return value;
          } catch (error) {
            if (isUnreachable(error)) host.failingSinceMs ??= surroundings.monotonicMs();
            else host.failingSinceMs = null;
            throw error;
          }
        });
      try {
        return await retry(once, {
          surroundings,
          isPassing: isUnreachable,
          attempts: leftMs > 0 ? maxAttempts : 1,
          giveUpAfterMs: leftMs,
          abandon: stop,
          ...(onTrouble && { onTrouble }),
        });
      } catch (error) {
        if (error instanceof Abandoned)
          throw new EpeeError('IMAGE_STORE_UNREACHABLE', 'The image is no longer waited for', { stage: 'decode' });
        throw isUnreachable(error) ? gaveUp(error, attempts, surroundings.monotonicMs() - beganMs) : error;
      }
    },
    close: () => closing.abort(),
  };
}

const MAX_HOSTS = 1000;

const isUnreachable = (error: unknown): error is EpeeError => error instanceof EpeeError && error.code === 'IMAGE_STORE_UNREACHABLE';

const gaveUp = (cause: EpeeError, attempts: number, waitedMs: number) =>
  new EpeeError('IMAGE_FETCH_FAILED', `${cause.message}; gave up after ${attempts} attempts in ${Math.round(waitedMs)} ms`, {
    stage: 'decode',
    details: { attempts, waitedMs: Math.round(waitedMs) },
    hint: 'Send the dead letter again when the store answers. EPEE_IMAGE_MAX_ATTEMPTS and EPEE_IMAGE_MAX_WAIT_MS set how long it is waited for.',
    cause,
  });
