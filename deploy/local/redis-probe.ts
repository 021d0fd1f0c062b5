import { ask } from './ask.ts';

/**
 * The process id of the Redis server on a loopback port; undefined until it serves commands (also
 * while it loads its data).
 */
export async function askRedisPid(port: number): Promise<number | undefined> {
  const answer = await ask(port, Buffer.from('INFO server\r\nPING\r\n'), (bytes) => /\+PONG\r\n$|^-/.test(bytes.toString('latin1')));
  const pid = /process_id:(\d+)/.exec(answer?.toString('latin1') ?? '')?.[1];
  return pid === undefined ? undefined : Number(pid);
}
