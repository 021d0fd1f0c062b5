import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

const read = (file: string) => JSON.parse(readFileSync(new URL(`../../schemas/${file}`, import.meta.url), 'utf8'));
const note = read('clinical-note.avsc');
const extended = (name: string, type: unknown) => ({ ...note, fields: [...note.fields, { name, type }] });

/** Ids of the registry's schemas. Those of other producers have a field more, which readers of notes step over: that is where counts and depths do harm. */
export const SCHEMA_IDS = { note: 1, result: 2, lists: 3, maps: 4, nested: 5, nulls: 6 } as const;

const SCHEMAS: Readonly<Record<number, object>> = {
  [SCHEMA_IDS.note]: note,
  [SCHEMA_IDS.result]: read('extraction-result.avsc'),
  [SCHEMA_IDS.lists]: extended('tags', { type: 'array', items: { type: 'array', items: 'string' } }),
  [SCHEMA_IDS.maps]: extended('labels', { type: 'map', values: { type: 'map', values: 'long' } }),
  [SCHEMA_IDS.nested]: extended('thread', ['null', { type: 'record', name: 'Link', fields: [{ name: 'next', type: ['null', 'Link'] }] }]),
  [SCHEMA_IDS.nulls]: extended('gaps', { type: 'array', items: 'null' }),
};

/** A schema registry as far as workers ask. Ids of {@link SCHEMA_IDS} are known, all others are not. */
export async function startRegistry(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server: Server = createServer((request, response) => {
    const id = /^\/schemas\/ids\/(-?\d+)$/.exec(request.url ?? '')?.[1];
    const schema = id === undefined ? undefined : SCHEMAS[Number(id)];
    const answer = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    request.resume();
    if (request.method === 'POST') {
      answer(200, { id: /results/.test(decodeURIComponent(request.url ?? '')) ? SCHEMA_IDS.result : SCHEMA_IDS.note });
    } else if (schema === undefined) answer(404, { error_code: 40403, message: 'Schema not found' });
    else answer(200, { schema: JSON.stringify(schema) });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
