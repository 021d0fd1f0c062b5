import { createRequire } from 'node:module';

type Ask<T> = (of: object) => Promise<T>;
interface LibraryPool {
  withBroker<T>(this: LibraryPool, ask: Ask<T>): Promise<T | null>;
}

const library = createRequire(import.meta.url);
let isInstalled = false;

/** What every broker answers alike: it is not there, or not for this account. */
const LASTING = /AUTHORIZATION_FAILED$|^UNKNOWN_TOPIC_OR_PARTITION$/;

/**
 * Lets a lasting error through where the library asks one broker after the other, for a coordinator or a topic. kafkajs 2.2.4 drops every error there, so that an account
 * without a right on the group or the transactional id looks for a coordinator for minutes, and a topic that was deleted is read as `null`.
 */
export function installCoordinatorRefusals(): void {
  if (isInstalled) return;
  const pool = (library('kafkajs/src/cluster/brokerPool.js') as { prototype: LibraryPool }).prototype;
  const original = pool.withBroker;
  pool.withBroker = async function (ask) {
    let refusal: unknown;
    const answer = await original.call(this, async (of) => {
      try {
        return await ask(of);
      } catch (error) {
        if (LASTING.test(String((error as { type?: unknown }).type))) refusal = error;
        throw error;
      }
    });
    if (answer === null && refusal !== undefined) throw refusal;
    return answer as never;
  };
  isInstalled = true;
}
