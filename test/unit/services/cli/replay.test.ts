import assert from 'node:assert/strict';
import { runProgram } from '../../../../services/cli/main.ts';
import { testContext } from './support.ts';

describe('epee replay, before it speaks to Kafka', () => {
  for (const [exitCode, words, ...args] of [
    [
      2,
      /--from 2026-02-01T.* is not before --to 2026-01-01.* \(REPLAY_RANGE_INVALID\)/,
      'run',
      '--from',
      '2026-02-01',
      '--to',
      '2026-01-01',
    ],
    [2, /--offsets must be PARTITION:FROM-TO/, 'run', '--offsets', 'all'],
    [2, /--limit must be a whole number/, 'run', '--limit', '0'],
    [4, /gold\.jsonl does not exist \(FILE_NOT_FOUND\)/, 'run', '--labels', '/nowhere/gold.jsonl'],
    [4, /--output \/nowhere\/r\.html: the folder \/nowhere does not exist \(FILE_NOT_FOUND\)/, 'report', 'r1', '-o', '/nowhere/r.html'],
    [4, /--output \/nowhere\/r\.json: the folder/, 'resume', 'r1', '-o', '/nowhere/r.json'],
    [2, /--output \. must end in \.json or \.html \(USAGE_INVALID\)/, 'run', '-o', '.'],
    [3, /No Kafka broker of EPEE_KAFKA_BROKERS=127\.0\.0\.1:9 can be used/, 'list'],
  ] as const) {
    it(`refuses ${args.join(' ')}`, async () => {
      const { context, stdout, stderr } = testContext({ env: { EPEE_KAFKA_BROKERS: '127.0.0.1:9' } });
      assert.equal(await runProgram(['replay', ...args], context), exitCode, stderr.text);
      assert.match(stderr.text, words);
      assert.equal(stdout.text, '');
    });
  }
});
