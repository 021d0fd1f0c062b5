import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { classify, EpeeError, ERROR_CODES, type ErrorCode, STAGES } from '@epee/errors';

const ROOT = new URL('../../../../', import.meta.url);
const CODES = Object.keys(ERROR_CODES) as ErrorCode[];

/** Rows of the page's table, as cells. */
function documentedRows(): string[][] {
  const page = readFileSync(new URL('docs/ERRORS.md', ROOT), 'utf8');
  return [...page.matchAll(/^\| `([A-Z0-9_]+)` \| ([a-z-]+) \| (.+) \| (.+) \|$/gm)].map((match) => match.slice(1));
}

describe('docs/ERRORS.md', () => {
  it('lists every code once, in the order of the list, with its action', () => {
    assert.deepEqual(
      documentedRows().map(([code, action]) => [code, action]),
      Object.entries(ERROR_CODES),
    );
  });

  it('lists every stage, in the order of the list', () => {
    const page = readFileSync(new URL('docs/ERRORS.md', ROOT), 'utf8');
    const [, listed] = /in which stage of the flow[^:]*:\n(.+?)\.\n\n/s.exec(page)!;
    assert.deepEqual(
      [...listed!.matchAll(/`([a-z]+)`/g)].map(([, stage]) => stage),
      STAGES,
    );
  });

  it('says what each code means and what to do', () => {
    for (const [code, , meaning, remedy] of documentedRows()) assert.ok(meaning!.length > 20 && remedy!.length > 5, code);
  });
});

describe('error codes', () => {
  it('occur in the tests of the code that raises them', () => {
    const tests = readdirSync(new URL('test/', ROOT), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.test.ts') && !file.startsWith('unit/pure/errors/'))
      .map((file) => readFileSync(new URL(`test/${file}`, ROOT), 'utf8'))
      .join('\n');
    assert.deepEqual(
      CODES.filter((code) => !new RegExp(`\\b${code}\\b`).test(tests)),
      [],
    );
  });

  it('give the action: that of the code, and crash for any other error', () => {
    for (const code of CODES) assert.equal(classify(new EpeeError(code, 'x', { stage: 'cli' })), ERROR_CODES[code]);
    for (const other of [new Error('x'), 'text', null, undefined, { code: 'RECORD_EMPTY' }]) assert.equal(classify(other), 'crash');
  });

  it('are retriable where trying again unchanged may help', () => {
    const retriable = CODES.filter((code) => new EpeeError(code, 'x', { stage: 'cli' }).retriable);
    assert.deepEqual(
      retriable,
      CODES.filter((code) => ['retry', 'pause'].includes(ERROR_CODES[code])),
    );
    assert.ok(retriable.includes('KAFKA_UNREACHABLE') && !retriable.includes('TEXT_EMPTY'));
  });
});

describe('EpeeError', () => {
  it('carries code, stage, details, hint and cause', () => {
    const cause = new Error('below');
    const error = new EpeeError('TEXT_TOO_LARGE', 'too much', {
      stage: 'validate',
      details: { bytes: 2, maxBytes: 1 },
      hint: 'Send less.',
      cause,
    });
    assert.deepEqual(
      [error.name, error.code, error.stage, error.details, error.hint, error.cause, error.message],
      ['EpeeError', 'TEXT_TOO_LARGE', 'validate', { bytes: 2, maxBytes: 1 }, 'Send less.', cause, 'too much'],
    );
    assert.ok(error instanceof Error);
    assert.deepEqual(new EpeeError('INTERNAL', 'x', { stage: 'cli' }).details, {});
  });
});
