import { createServer } from 'node:net';
import { EpeeError } from '@epee/errors';

/** Where a service listens. */
export interface PortAddress {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

/** A port that is taken for a server that starts later. */
export interface HeldPort {
  /** Gives the port back, to be listened on at once. May be called twice. */
  release(): Promise<void>;
}

/**
 * Takes a port before a service begins its work, so that a second service on the same port ends before it joins a group. Connections
 * are closed meanwhile. Any free port needs no holding.
 * @throws EpeeError CONFIG_INVALID where the port is in use
 */
export async function holdPort({ host, port }: PortAddress): Promise<HeldPort> {
  if (port === 0) return { release: async () => undefined };
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(cannotListen({ host, port }, cause)));
    server.listen({ host, port }, resolve);
  });
  let released: Promise<void> | undefined;
  return {
    release() {
      released ??= new Promise((resolve) => server.close(() => resolve()));
      return released;
    },
  };
}

/** CONFIG_INVALID for an address on which nothing can listen. */
export function cannotListen({ host, port }: PortAddress, cause: unknown): EpeeError {
  const reason = (cause as NodeJS.ErrnoException).code ?? 'unknown reason';
  return new EpeeError('CONFIG_INVALID', `Cannot listen on ${host}:${port} (${reason})`, {
    stage: 'config',
    details: { host, port },
    hint: 'Another program may use the port; set EPEE_HTTP_HOST or the port of this service.',
    cause,
  });
}
