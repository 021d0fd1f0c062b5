import { createServer } from 'node:net';

/**
 * Finds different free TCP ports on loopback. A preferred port that is taken is replaced by one
 * that the system chooses.
 *
 * @param preferred one entry per port: the preferred one, or 0 for any
 */
export async function findFreePorts(preferred: readonly number[]): Promise<number[]> {
  const held = [];
  try {
    for (const port of preferred) held.push((port === 0 ? undefined : await hold(port)) ?? (await hold(0))!);
    return held.map(({ port }) => port);
  } finally {
    // Every port is held until the last is found, so that none is found twice.
    await Promise.all(held.map(({ release }) => release()));
  }
}

interface HeldPort {
  readonly port: number;
  release(): Promise<void>;
}

function hold(port: number): Promise<HeldPort | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) =>
      port !== 0 && (error.code === 'EADDRINUSE' || error.code === 'EACCES') ? resolve(undefined) : reject(error),
    );
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address() as { port: number };
      resolve({ port: address.port, release: () => new Promise((done) => server.close(() => done())) });
    });
  });
}
