import assert from 'node:assert/strict';
import { EpeeError, ERROR_CODES, type ErrorCode } from '@epee/errors';
import { EXIT_CODES, exitCodeFor, exitCodeTable } from '../../../../services/cli/exit-codes.ts';
import { runProgram } from '../../../../services/cli/main.ts';
import { createProgram } from '../../../../services/cli/program.ts';
import { asEpeeError, describeError } from '../../../../shared/runtime/telemetry/report-error.ts';
import { testContext } from './support.ts';

const program = createProgram(testContext().context, () => undefined);
const commands = program.commands.map((command) => command.name());
/** All commands with their subcommands, as they are typed. */
const paths = program.commands.flatMap((command) => [[command.name()], ...command.commands.map((part) => [command.name(), part.name()])]);

describe('epee', () => {
  it('shows its commands and its exit codes when nothing is asked for', async () => {
    const { context, stdout } = testContext();
    assert.equal(await runProgram([], context), 0);
    for (const name of commands) assert.match(stdout.text, new RegExp(`^ {2}${name} `, 'm'));
    for (const [code, meaning] of Object.entries(EXIT_CODES)) assert.ok(stdout.text.includes(`${code}  ${meaning}`));
  });

  for (const flag of ['--version', '-V']) {
    it(`shows its version on ${flag}`, async () => {
      const { context, stdout } = testContext();
      assert.equal(await runProgram([flag], context), 0);
      assert.match(stdout.text, /^epee-stream \d+\.\d+\.\d+\n$/);
    });
  }

  for (const name of commands) {
    it(`explains ${name}, with examples`, async () => {
      const { context, stdout } = testContext();
      assert.equal(await runProgram([name, '--help'], context), 0);
      assert.match(stdout.text, new RegExp(`^Usage: epee ${name}`));
      assert.match(stdout.text, new RegExp(`Examples:\\n  .*epee ${name}`));
    });
  }

  // Their words are reworked elsewhere.
  for (const path of [[], ...paths]) {
    it(`explains ${['epee', ...path].join(' ')} in lines of at most 80 columns`, async () => {
      const { context, stdout } = testContext();
      await runProgram([...path, '--help'], context);
      for (const line of stdout.text.split('\n')) assert.ok(line.length <= 80, line);
    });
  }

  for (const [what, args, words] of [
    ['an unknown command', ['ectract'], /unknown command 'ectract'.*\n.*extract/],
    ['an unknown option', ['extract', 'a.txt', '--polcy', 'x'], /unknown option '--polcy'/],
    ['a missing argument', ['extract'], /missing required argument/],
    ['an unknown service', ['run', 'trainer'], /Allowed choices are ingest, worker, projector, jobs/],
    ['options that exclude each other', ['extract', 'a.txt', '--json', '--pretty'], /cannot be used with option/],
    ['a malformed policy', ['ingest', 'a.txt', '--policy', 'No Good'], /--policy must be the name of a policy.*\(USAGE_INVALID\)/],
    ['an unknown option of a replay', ['replay', 'run', '--polcy', 'x'], /unknown option '--polcy'/],
    ['a replay without its run', ['replay', 'resume'], /missing required argument 'run'/],
    [
      'a malformed policy of a replay',
      ['replay', 'run', '--policy', 'No Good'],
      /--policy must be the name of a policy.*\(USAGE_INVALID\)/,
    ],
    ['a malformed version', ['ingest', 'a.txt', '--note-version', '1.5'], /--note-version must be a whole number/],
  ] as const) {
    it(`answers ${what} with exit code 2 and says what is wrong`, async () => {
      const { context, stdout, stderr } = testContext();
      assert.equal(await runProgram(args, context), 2);
      assert.match(stderr.text, words);
      assert.equal(stdout.text, '');
    });
  }

  it('answers a wrong configuration with exit code 2 and all its problems', async () => {
    const { context, stderr } = testContext({ env: { EPEE_POLICI: 'x', EPEE_REDIS_URL: 'http://x' } });
    assert.equal(await runProgram(['results', 'x'], context), 2);
    assert.match(stderr.text, /EPEE_POLICI is not an option; did you mean EPEE_POLICY\?/);
    assert.match(stderr.text, /EPEE_REDIS_URL must be/);
  });

  it('answers a missing model with exit code 2', async () => {
    const { context, stderr } = testContext({ env: { EPEE_MODEL_DIR: '/nowhere' } });
    assert.equal(await runProgram(['extract', 'package.json'], context), 2, stderr.text);
    assert.match(stderr.text, /^epee: .*\/nowhere.* \(MODEL_MISSING\)\n/);
  });

  it('answers a stack that is not there with exit code 3', async () => {
    const { context, stderr } = testContext();
    assert.equal(await runProgram(['status', '--dir', '/nowhere'], context), 3);
    assert.match(stderr.text, /\(STACK_NOT_RUNNING\)\n {2}Start one with: epee up\n/);
  });

  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    it(`ends with ${code} when ${signal} ends a command`, async () => {
      const { context, stderr } = testContext({ env: { EPEE_MODEL_DIR: '/nowhere' }, signal: AbortSignal.abort(signal) });
      assert.equal(await runProgram(['demo'], context), code);
      assert.equal(stderr.text, '');
      assert.ok(code in EXIT_CODES);
    });
  }
});

describe('exit codes', () => {
  it('stand for every error code', () => {
    const codes = Object.keys(ERROR_CODES) as ErrorCode[];
    const of = (exitCode: number) => codes.filter((code) => exitCodeFor({ code }) === exitCode);
    for (const code of codes) assert.ok(exitCodeFor({ code }) in EXIT_CODES, code);
    assert.deepEqual(of(4), [
      'RESULT_NOT_FOUND',
      'DEAD_LETTERS_EMPTY',
      'DEAD_LETTER_NOT_FOUND',
      'REPLAY_NOT_FOUND',
      'REPLAY_RANGE_EMPTY',
      'JOB_NOT_FOUND',
      'FILE_NOT_FOUND',
    ]);
    assert.deepEqual(of(10), ['JOB_INPUT_INVALID', 'JOB_FOLDER_REFUSED']);
    assert.deepEqual(of(11), ['JOB_CANCELLED']);
    assert.deepEqual(of(12), ['JOB_OUTCOME_UNKNOWN', 'JOB_LOST']);
    assert.deepEqual(of(130), ['INTERRUPTED']);
    assert.deepEqual(of(0), []);
    for (const code of ['KAFKA_UNREACHABLE', 'REDIS_UNREACHABLE', 'STACK_REQUIREMENT_MISSING'] as const)
      assert.equal(exitCodeFor({ code }), 3);
    for (const code of ['CONFIG_INVALID', 'USAGE_INVALID', 'MODEL_DIGEST_MISMATCH'] as const) assert.equal(exitCodeFor({ code }), 2);
    assert.equal(exitCodeFor({ code: 'FILE_INVALID' }), 1);
  });

  it('are all in the table', () => assert.equal(exitCodeTable().split('\n').length, 1 + Object.keys(EXIT_CODES).length));
});

describe('errors as a person reads them', () => {
  const error = new EpeeError('FILE_NOT_FOUND', 'a.txt does not exist', { stage: 'cli', hint: 'Check it.', cause: new Error('inner') });

  it('are one line with the code, and the hint', () => {
    assert.equal(describeError(error), 'epee: a.txt does not exist (FILE_NOT_FOUND)\n  Check it.');
  });

  it('have all stacks when asked for, without the messages of others', () => {
    const text = describeError(new EpeeError('INTERNAL', 'a defect', { stage: 'cli', cause: new RangeError('Agneta Lindqvist') }), true);
    assert.match(text, /EpeeError: INTERNAL: a defect\n[\s\S]*RangeError\n {4}at .*program\.test/);
    assert.doesNotMatch(text, /Agneta/);
  });

  it('never show the message of an unforeseen error, which may quote a note', () => {
    const text = describeError(new TypeError('cannot read "Agneta Lindqvist"'));
    assert.match(text, /unexpected TypeError .* \(INTERNAL\)/);
    assert.doesNotMatch(text, /Agneta/);
  });

  it('count an abort as an interruption', () => {
    assert.equal(asEpeeError(Object.assign(new Error('x'), { name: 'AbortError' })).code, 'INTERRUPTED');
    assert.equal(asEpeeError('text').code, 'INTERNAL');
  });
});
