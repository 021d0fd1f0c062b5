import assert from 'node:assert/strict';
import { restRegistry } from '@epee/avro';
import { classify, EpeeError } from '@epee/errors';

interface Call {
  readonly url: string;
  readonly method: string;
  readonly body: string | null;
  readonly authorization: string | null;
}

/** A registry behind canned answers, in the order of the calls. */
function scripted(...answers: (Response | Error)[]) {
  const calls: Call[] = [];
  const send: typeof fetch = async (url, init) => {
    const headers = new Headers(init?.headers);
    calls.push({
      url: String(url),
      method: init?.method ?? 'GET',
      body: (init?.body as string) ?? null,
      authorization: headers.get('authorization'),
    });
    assert.equal(init?.redirect, 'error');
    assert.ok(init?.signal instanceof AbortSignal, 'every call has a time limit');
    const answer = answers.shift();
    assert.ok(answer !== undefined, 'no more calls were expected');
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { calls, registry: restRegistry({ url: 'http://registry:8081/base', fetch: send, account: { username: 'u', password: 'p:w' } }) };
}

const json = (status: number, body: unknown) => new Response(JSON.stringify(body), { status });

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => assert.fail('nothing was thrown'),
    (thrown) => thrown,
  );
  assert.ok(error instanceof EpeeError);
  assert.ok(!error.message.includes('p:w'));
  return error.code;
}

describe('REST registry', () => {
  it('gets a schema by its id', async () => {
    const { calls, registry } = scripted(json(200, { schema: '"string"' }));
    assert.deepEqual(await registry.schemaOf(7), { schema: '"string"', references: [] });
    assert.deepEqual(calls, [
      { url: 'http://registry:8081/base/schemas/ids/7', method: 'GET', body: null, authorization: `Basic ${btoa('u:p:w')}` },
    ]);
  });

  it('answers null only where the registry says that it has no such schema', async () => {
    assert.equal(await scripted(json(404, { error_code: 40403 })).registry.schemaOf(7), null);
    for (const answer of [
      json(404, { error_code: 40401 }),
      new Response('<html>not found</html>', { status: 404 }),
      json(401, {}),
      json(500, {}),
      json(200, {}),
      json(200, { schema: 'x'.repeat(2 * 1024 * 1024) }),
      new TypeError('fetch failed'),
    ]) {
      assert.equal(await codeOf(scripted(answer).registry.schemaOf(7)), 'SCHEMA_REGISTRY_UNREACHABLE');
    }
  });

  it('takes any answer in JSON for a missing schema once the registry has answered a request', async () => {
    for (const status of [404, 400, 422]) {
      const { registry } = scripted(json(200, { schema: '"string"' }), json(status, { error_code: status, message: 'No artifact' }));
      await registry.schemaOf(1);
      assert.equal(await registry.schemaOf(7), null);
    }
    const { registry } = scripted(json(200, { schema: '"string"' }), json(403, { error_code: 403 }));
    await registry.schemaOf(1);
    assert.equal(await codeOf(registry.schemaOf(7)), 'SCHEMA_REGISTRY_UNREACHABLE');
  });

  it('follows references, deepest first, and each once', async () => {
    const to = (subject: string) => [{ name: subject, subject, version: 2 }];
    const { calls, registry } = scripted(
      json(200, { schema: '"a"', references: [...to('b'), ...to('c')] }),
      json(200, { schema: '"b"', references: to('c') }),
      json(200, { schema: '"c"' }),
    );
    assert.deepEqual(await registry.schemaOf(1), { schema: '"a"', references: ['"c"', '"b"'] });
    assert.equal(calls.at(-1)!.url, 'http://registry:8081/base/subjects/c/versions/2');
  });

  it('keeps the first schema of a name, and ends where references go in a circle', async () => {
    const to = (name: string, version: number) => ({ name, subject: name, version });
    const { registry } = scripted(
      json(200, { schema: '"a"', references: [to('b', 1), to('c', 2)] }),
      json(200, { schema: '"b"', references: [to('c', 1)] }),
      json(200, { schema: '"c1"', references: [to('b', 1)] }),
    );
    assert.deepEqual(await registry.schemaOf(1), { schema: '"a"', references: ['"c1"', '"b"'] });
  });

  it('counts as infrastructure: work waits, nothing is dead-lettered', () => {
    assert.equal(classify(new EpeeError('SCHEMA_REGISTRY_UNREACHABLE', 'x', { stage: 'decode' })), 'pause');
  });

  it('finds the id of a schema that is registered', async () => {
    const { calls, registry } = scripted(json(200, { id: 12 }));
    assert.equal(await registry.idOf('a/b-value', '"string"'), 12);
    assert.deepEqual(
      calls.map(({ url, method, body }) => [url, method, body]),
      [['http://registry:8081/base/subjects/a%2Fb-value', 'POST', '{"schema":"\\"string\\""}']],
    );
  });

  it('registers a schema that is not', async () => {
    for (const errorCode of [40401, 40403]) {
      const { calls, registry } = scripted(json(404, { error_code: errorCode }), json(200, { id: 13 }));
      assert.equal(await registry.idOf('s', '"string"'), 13);
      assert.equal(calls[1]!.url, 'http://registry:8081/base/subjects/s/versions');
    }
  });

  it('reports a refused schema: SCHEMA_INCOMPATIBLE', async () => {
    for (const status of [409, 422]) {
      assert.equal(
        await codeOf(scripted(json(404, { error_code: 40401 }), json(status, {})).registry.idOf('s', '"string"')),
        'SCHEMA_INCOMPATIBLE',
      );
    }
    assert.equal(
      await codeOf(scripted(json(404, { error_code: 40401 }), json(503, {})).registry.idOf('s', '"string"')),
      'SCHEMA_REGISTRY_UNREACHABLE',
    );
    assert.equal(await codeOf(scripted(json(500, {})).registry.idOf('s', '"string"')), 'SCHEMA_REGISTRY_UNREACHABLE');
  });
});
