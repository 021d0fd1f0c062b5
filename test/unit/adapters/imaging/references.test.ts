import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openReferenceStore, type ReferenceStoreOptions } from '@epee/imaging';
import type { ImageReference } from '@epee/records';
import { hostRules } from '../../../../shared/adapters/imaging/host-rules.ts';

const CONTENT = Buffer.from('an image');
const sha256 = createHash('sha256').update(CONTENT).digest('hex');
const to = (uri: string, more: Partial<ImageReference> = {}): ImageReference => ({ uri, sha256, bytes: CONTENT.length, ...more });
const store = (options: Partial<ReferenceStoreOptions>) =>
  openReferenceStore({ folders: [], hosts: [], maxBytes: 100, timeoutMs: 20_000, ...options });

describe('references to files', () => {
  let base: string;
  let folder: string;

  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'epee-images-'));
    folder = join(base, 'allowed');
    mkdirSync(join(folder, 'sub'), { recursive: true });
    mkdirSync(join(base, 'allowed-not'));
    for (const path of ['allowed/a.png', 'allowed/sub/b c.png', 'outside.png', 'allowed-not/x.png'])
      writeFileSync(join(base, path), CONTENT);
  });

  afterEach(() => rmSync(base, { recursive: true, force: true }));

  const fetch = (path: string, more: Partial<ImageReference> = {}) =>
    store({ folders: [folder] }).fetch(to(pathToFileURL(join(base, path)).href, more));

  it('are read in allowed folders, links within them included', async () => {
    symlinkSync(join(folder, 'a.png'), join(folder, 'sub/link.png'));
    for (const path of ['allowed/a.png', 'allowed/sub/b c.png', 'allowed/sub/link.png']) assert.deepEqual(await fetch(path), CONTENT);
    symlinkSync(folder, join(base, 'mount'));
    const mounted = store({ folders: [join(base, 'mount')] });
    assert.deepEqual(await mounted.fetch(to(pathToFileURL(join(base, 'mount/a.png')).href)), CONTENT, 'the folder itself may be a link');
  });

  it('are refused outside, for every way to get there', async () => {
    symlinkSync(join(base, 'outside.png'), join(folder, 'link.png'));
    symlinkSync(base, join(folder, 'up'));
    const href = pathToFileURL(folder).href;
    const uris = [
      ...['outside.png', 'allowed-not/x.png', 'allowed/link.png', 'allowed/up/outside.png'].map(
        (path) => pathToFileURL(join(base, path)).href,
      ),
      `${href}/../outside.png`,
      `${href}/%2e%2e/outside.png`,
      `${href}/..%2foutside.png`,
      `${href}/a.png%00`,
      href,
      href.replace('file://', 'file://other-host'),
      'ftp://127.0.0.1/a.png',
      'not a uri',
    ];
    for (const uri of uris) {
      await assert.rejects(store({ folders: [folder] }).fetch(to(uri)), (error: Error & { code: string }) => {
        assert.equal(error.code, 'IMAGE_REFERENCE_REFUSED', uri);
        assert.ok(!error.message.includes('outside.png') && !error.message.includes(base), 'the reference is not quoted');
        return true;
      });
    }
    await assert.rejects(
      store({}).fetch(to(pathToFileURL(join(folder, 'a.png')).href)),
      { code: 'IMAGE_REFERENCE_REFUSED' },
      'no folder is allowed',
    );
  });

  it('are missing where there is no file; a pipe does not make them wait', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    for (const path of ['allowed/none.png', 'allowed/sub', 'allowed/a.png/b', 'allowed/pipe'])
      await assert.rejects(fetch(path), { code: 'IMAGE_REFERENCE_MISSING' }, path);
  });

  it('wait for a missing folder, because it may be a mount', async () => {
    const gone = store({ folders: [join(base, 'gone')] });
    await assert.rejects(gone.fetch(to(pathToFileURL(join(base, 'gone/a.png')).href)), {
      code: 'IMAGE_STORE_UNREACHABLE',
      retriable: true,
    });
  });

  it('must have the size and the digest that the event says', async () => {
    await assert.rejects(fetch('allowed/a.png', { sha256: '0'.repeat(64) }), { code: 'IMAGE_DIGEST_MISMATCH', message: /SHA-256/ });
    await assert.rejects(fetch('allowed/a.png', { bytes: 7 }), { code: 'IMAGE_DIGEST_MISMATCH', message: /more than 7 bytes/ });
    await assert.rejects(fetch('allowed/a.png', { bytes: 9 }), {
      code: 'IMAGE_DIGEST_MISMATCH',
      message: /has 8 bytes, but its event says 9/,
    });
    await assert.rejects(fetch('allowed/a.png', { bytes: 101 }), { code: 'IMAGE_TOO_LARGE', message: /101 bytes; 100 are allowed/ });
  });
});

describe('references to hosts', () => {
  let server: Server;
  let port: number;
  let answer: RequestListener;
  const paths: string[] = [];

  before(async () => {
    server = createServer((request, response) => {
      paths.push(request.url!);
      answer(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });

  after(() => {
    server.closeAllConnections();
    server.close();
  });

  beforeEach(() => {
    paths.length = 0;
    answer = (_, response) => response.end(CONTENT);
  });

  const at = (path: string, host = '127.0.0.1') => to(`http://${host}:${port}${path}`);
  const local = (more: Partial<ReferenceStoreOptions> = {}) => store({ hosts: [`127.0.0.1:${port}`], ...more });

  it('are read from allowed hosts', async () => {
    assert.deepEqual(await local().fetch(at('/a.png?x=1')), CONTENT);
    assert.deepEqual(
      await store({ hosts: [`localhost:${port}`], resolve: async () => [{ address: '127.0.0.1', family: 4 }] }).fetch(
        at('/a', 'localhost'),
      ),
      CONTENT,
    );
    assert.deepEqual(paths, ['/a.png?x=1', '/a']);
  });

  it('are refused from other hosts, ports, spellings and with a password, before anything is sent', async () => {
    const uris = [
      `http://127.0.0.1:${port + 1}/a`,
      `http://localhost:${port}/a`,
      `http://127.0.0.2:${port}/a`,
      `http://[::ffff:127.0.0.1]:${port}/a`,
      `http://user:word@127.0.0.1:${port}/a`,
      'http://169.254.169.254/latest/meta-data',
    ];
    for (const uri of uris) await assert.rejects(local().fetch(to(uri)), { code: 'IMAGE_REFERENCE_REFUSED' }, uri);
    assert.deepEqual(paths, []);
  });

  it('are refused where an allowed name leads to this machine or a metadata service, also if only one of its addresses does', async () => {
    for (const addresses of [
      ['127.0.0.1'],
      ['::1'],
      ['169.254.169.254'],
      ['::ffff:127.0.0.1'],
      ['192.0.2.1', '127.0.0.1'],
      ['0.0.0.0'],
      ['fe80::1'],
    ]) {
      const resolve = async () => addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
      const named = store({ hosts: [`images.example:${port}`], resolve });
      await assert.rejects(
        named.fetch(at('/a', 'images.example')),
        { code: 'IMAGE_REFERENCE_REFUSED', message: /address/ },
        String(addresses),
      );
    }
    assert.deepEqual(paths, []);
  });

  it('follow redirects only to allowed hosts, and not for ever', async () => {
    answer = (request, response) => {
      const target = { '/near': '/a', '/far': `http://localhost:${port}/a`, '/loop': '/loop', '/file': 'file:///etc/hosts' }[request.url!];
      if (target === undefined) response.end(CONTENT);
      else response.writeHead(302, { location: target }).end();
    };
    assert.deepEqual(await local().fetch(at('/near')), CONTENT);
    for (const path of ['/far', '/loop', '/file']) await assert.rejects(local().fetch(at(path)), { code: 'IMAGE_REFERENCE_REFUSED' }, path);
  });

  it('are missing where the host says so, and wait where the answer may change', async () => {
    for (const [status, code] of [
      [404, 'IMAGE_REFERENCE_MISSING'],
      [403, 'IMAGE_REFERENCE_MISSING'],
      [204, 'IMAGE_REFERENCE_MISSING'],
      [429, 'IMAGE_STORE_UNREACHABLE'],
      [503, 'IMAGE_STORE_UNREACHABLE'],
    ] as const) {
      answer = (_, response) => response.writeHead(status).end();
      await assert.rejects(local().fetch(at('/a')), { code }, String(status));
    }
    answer = (_, response) => response.destroy();
    await assert.rejects(local().fetch(at('/a')), { code: 'IMAGE_STORE_UNREACHABLE' });
    answer = (_, response) => response.writeHead(200, { 'content-length': 8 }).write('an', () => response.destroy());
    await assert.rejects(local().fetch(at('/a')), { code: 'IMAGE_STORE_UNREACHABLE' }, 'cut off');
    await assert.rejects(store({ hosts: ['127.0.0.1:9'] }).fetch(to('http://127.0.0.1:9/a')), { code: 'IMAGE_STORE_UNREACHABLE' });
  });

  it('end at their time limit', async () => {
    answer = () => undefined;
    await assert.rejects(local({ timeoutMs: 50 }).fetch(at('/a')), { code: 'IMAGE_STORE_UNREACHABLE', message: /within 50 ms/ });
  });

  it('stop reading at the size that the event says', async () => {
    let closed = false;
    answer = (_, response) => {
      response.on('close', () => (closed = true));
      const more = () => void (response.destroyed || response.write(Buffer.alloc(65_536), more));
      more();
    };
    await assert.rejects(local().fetch(at('/a')), { code: 'IMAGE_DIGEST_MISMATCH', message: /more than 8 bytes/ });
    while (!closed) await new Promise(setImmediate);
  });
});

describe('allowed hosts', () => {
  const allows = (entry: string, url: string, address: string) => hostRules([entry]).of(new URL(url))?.allows(address) ?? null;

  it('have their default ports, or the named one', () => {
    assert.equal(allows('a.example', 'http://a.example/x', '10.1.2.3'), true);
    assert.equal(allows('a.example', 'https://A.example/x', '192.0.2.1'), true);
    assert.equal(allows('a.example', 'http://a.example:8080/x', '10.1.2.3'), null);
    assert.equal(allows('a.example:8080', 'http://a.example:8080/x', '10.1.2.3'), true);
    assert.equal(allows('a.example:8080', 'http://a.example/x', '10.1.2.3'), null);
    assert.equal(allows('a.example:443', 'https://a.example/x', '10.1.2.3'), true);
    assert.equal(allows('a.example', 'http://b.a.example/x', '10.1.2.3'), null);
  });

  it('that are addresses lead only there', () => {
    assert.equal(allows('10.0.0.1', 'http://10.0.0.1/x', '10.0.0.1'), true);
    assert.equal(allows('10.0.0.1', 'http://10.0.0.1/x', '10.0.0.2'), false);
    assert.equal(allows('[::1]:80', 'http://[::1]/x', '::1'), true);
    assert.equal(allows('127.0.0.1', 'http://0x7f.1/x', '127.0.0.1'), true, 'other spellings are the same address');
  });
});
