import assert from 'node:assert/strict';
import { runProgram } from '../../../../services/cli/main.ts';
import { testContext } from './support.ts';

describe('files of a report', () => {
  for (const [exitCode, words, ...args] of [
    [2, /--output r\.txt must end in \.json or \.html \(USAGE_INVALID\)/, 'evaluate', '-o', 'r.txt'],
    [2, /--output names two \.html files: a\.html and b\.html/, 'evaluate', '-o', 'a.html', '-o', 'b.html'],
    [4, /--predictions \/nowhere\/p\.jsonl: the folder \/nowhere does not exist/, 'evaluate', '--predictions', '/nowhere/p.jsonl'],
    [2, /--output r\.html must end in \.json \(USAGE_INVALID\)/, 'calibrate', '--risk', '0.1', '--confidence', '0.9', '-o', 'r.html'],
    [2, /'sure' is invalid\. Allowed choices are full-depth, gold/, 'calibrate', '--per-class', 'sure'],
    [2, /'fp16' is invalid\. Allowed choices are fp32, int8/, 'evaluate', '--engine', 'fp16'],
  ] as const) {
    it(`are checked before the work: ${args.join(' ')}`, async () => {
      const { context, stdout, stderr } = testContext();
      const [command, ...flags] = args;
      assert.equal(await runProgram([command, 'model', '--data', 'data.jsonl', ...flags], context), exitCode, stderr.text);
      assert.match(stderr.text, words);
      assert.equal(stdout.text, '');
    });
  }
});
