import { EpeeError } from '@epee/errors';
import type { RegisteredSchema, SchemaRegistry } from './registry.ts';

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 1024 * 1024;
const MEDIA_TYPE = 'application/vnd.schemaregistry.v1+json';
/** Error codes of the registry: subject, version or schema not found. */
const NOT_FOUND = new Set([40401, 40402, 40403]);
/** References of a schema that are followed, in all. */
const MAX_REFERENCES = 64;

/** Address and account of a registry. */
export interface RestRegistryOptions {
  readonly url: string;
  readonly account?: { readonly username: string; readonly password: string } | null;
  /** @default the global `fetch` */
  readonly fetch?: typeof fetch;
}

interface Answer {
  readonly status: number;
  readonly body: { readonly id?: unknown; readonly schema?: unknown; readonly error_code?: unknown; readonly references?: unknown };
}

type Ask = (path: string, body?: object) => Promise<Answer>;

/**
 * Confluent's schema registry over its REST API. Every unclear answer (refused connection,
 * time-out, 401, 5xx, a page that is not JSON) counts as unreachable. So a wrong address makes work
 * wait, and no good record becomes a dead letter. Registries differ in how they say that they have
 * no such schema: once one has answered a request with 200, any 404, 400 or 422 in JSON says that.
 * References are followed.
 * @see https://docs.confluent.io/platform/current/schema-registry/develop/api.html
 */
export function restRegistry(options: RestRegistryOptions): SchemaRegistry {
  const send = asker(options);
  let isProven = false;
  const ask: Ask = async (path, body) => {
    const answer = await send(path, body);
    isProven ||= answer.status === 200;
    return answer;
  };
  const schemaAt = async (path: string): Promise<Answer['body'] | null> => {
    const { status, body } = await ask(path);
    if (status === 200 && typeof body.schema === 'string') return body;
    const isMissing = status === 404 || status === 400 || status === 422;
    if (isMissing && (body.error_code === 40403 || isProven)) return null;
    throw unreachable(options.url, `${path} was answered with status ${status}`);
  };
  return {
    schemaOf: async (id) => {
      const body = await schemaAt(`schemas/ids/${id}`);
      const references = body === null ? null : await referencesOf(body, schemaAt);
      return references === null ? null : { schema: String(body!.schema), references };
    },
    idOf: async (subject, schema) => {
      const path = `subjects/${encodeURIComponent(subject)}`;
      const existing = await ask(path, { schema });
      if (existing.status === 200 && typeof existing.body.id === 'number') return existing.body.id;
      if (existing.status !== 404 || !NOT_FOUND.has(Number(existing.body.error_code))) {
        throw unreachable(options.url, `${path} was answered with status ${existing.status}`);
      }
      return register(ask, options.url, subject, schema);
    },
  };
}

/** The schemas that a schema refers to, deepest first, the first one of a name; null where one of them is gone. */
async function referencesOf(
  { references }: Answer['body'],
  schemaAt: (path: string) => Promise<Answer['body'] | null>,
  found = new Map<string, string | null>(),
): Promise<RegisteredSchema['references'] | null> {
  for (const { name, subject, version } of Array.isArray(references) ? references : []) {
    const path = `subjects/${encodeURIComponent(String(subject))}/versions/${encodeURIComponent(String(version))}`;
    const key = String(name ?? path);
    if (found.has(key) || found.size >= MAX_REFERENCES) continue;
    // Known before its own references are followed: a circle ends here.
    found.set(key, null);
    const body = await schemaAt(path);
    if (body === null || (await referencesOf(body, schemaAt, found)) === null) return null;
    found.delete(key);
    found.set(key, String(body.schema));
  }
  return [...found.values()].filter((schema) => schema !== null);
}

async function register(ask: Ask, url: string, subject: string, schema: string): Promise<number> {
  const path = `subjects/${encodeURIComponent(subject)}/versions`;
  const { status, body } = await ask(path, { schema });
  if (status === 200 && typeof body.id === 'number') return body.id;
  if (status === 409 || status === 422) {
    throw new EpeeError('SCHEMA_INCOMPATIBLE', `The schema registry refuses the schema written to ${subject} (status ${status})`, {
      stage: 'config',
      details: { subject, status },
      hint: 'Use a release whose schema the subject accepts, or another topic.',
    });
  }
  throw unreachable(url, `${path} was answered with status ${status}`);
}

function asker({ url, account, fetch: send = fetch }: RestRegistryOptions): Ask {
  const base = url.endsWith('/') ? url : `${url}/`;
  const headers: Record<string, string> = { accept: MEDIA_TYPE, 'content-type': MEDIA_TYPE };
  if (account) headers.authorization = `Basic ${Buffer.from(`${account.username}:${account.password}`).toString('base64')}`;
  return async (path, body) => {
    const request = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    try {
      const response = await send(new URL(path, base), { ...request, headers, redirect: 'error', signal: AbortSignal.timeout(TIMEOUT_MS) });
      return { status: response.status, body: JSON.parse(await boundedText(response)) };
    } catch (error) {
      throw unreachable(url, `${path} got no usable answer (${error instanceof Error ? error.name : 'unknown reason'})`);
    }
  };
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new RangeError(`more than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const unreachable = (url: string, reason: string) =>
  new EpeeError('SCHEMA_REGISTRY_UNREACHABLE', `The schema registry at ${url} cannot be used: ${reason}`, {
    stage: 'decode',
    details: { url },
    hint: 'Check EPEE_SCHEMA_REGISTRY_URL and that the registry runs.',
  });
