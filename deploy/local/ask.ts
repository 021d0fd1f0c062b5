import { connect } from 'node:net';

/**
 * Sends a TCP request to a server on loopback; collects the answer until `complete` accepts it.
 *
 * @returns the answer, or undefined where the server refuses, closes, or is silent for `timeoutMs`
 */
export function ask(port: number, request: Buffer, complete: (answer: Buffer) => boolean, timeoutMs = 1000): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    let answer = Buffer.alloc(0);
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(request));
    const finish = (result: Buffer | undefined) => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(timeoutMs, () => finish(undefined));
    socket.on('error', () => finish(undefined));
    socket.on('close', () => finish(undefined));
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk]);
      if (complete(answer)) finish(answer);
    });
  });
}
