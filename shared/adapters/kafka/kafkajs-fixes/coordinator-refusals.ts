import { createRequire } from 'node:module';

type Ask<T> = (of: object) => Promise<T>;
interface LibraryPool {
  withBroker<T>(this: LibraryPool, ask: Ask<T>): Promise<T | null>;
}

const library = createRequire(import.meta.url);
let isInstalled = false;

/**
 * Lets a refusal through where the library asks one broker after the other for a coordinator. kafkajs 2.2.4 drops every error there, so that an account without a right on
 * the group or the transactional id looks for a coordinator for minutes.
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
        if (/AUTHORIZATION_FAILED$/.test(String((error as { type?: unknown }).type))) refusal = error;
        throw error;
      }
    });
    if (answer === null && refusal !== undefined) throw refusal;
    return answer as never;
  };
  isInstalled = true;
}
