import assert from 'node:assert/strict';
import { EpeeError } from '@epee/errors';
import { addressOf } from '../../../../shared/adapters/redis/connection.ts';
import { redisError, replyCode } from '../../../../shared/adapters/redis/errors.ts';

const reply = (message: string) => Object.assign(new Error(message), { name: 'ReplyError' });
const system = (code: string) => Object.assign(new Error(`connect ${code} 10.0.0.1:6379`), { code });

describe('errors of Redis', () => {
  const refusals: readonly [string, string][] = [
    ["READONLY You can't write against a read only replica.", 'READONLY'],
    ["OOM command not allowed when used memory > 'maxmemory'.", 'OOM'],
    ['MISCONF Redis is configured to save RDB snapshots, but it is currently not able to persist on disk.', 'MISCONF'],
    ['LOADING Redis is loading the dataset in memory', 'LOADING'],
    ['NOSCRIPT No matching script. Please use EVAL.', 'NOSCRIPT'],
    // A script's own error in Redis 6 stands inside another.
    [
      "ERR Error running script (call to f_1): @user_script:5: @user_script: 5: -OOM command not allowed when used memory > 'maxmemory'.",
      'OOM',
    ],
    [
      "ERR Error running script (call to f_1): @user_script:5: @user_script: 5: -READONLY You can't write against a read only replica.",
      'READONLY',
    ],
    ['ERR unknown command', 'ERR'],
    ['something else', 'ERR'],
  ];
  for (const [message, code] of refusals) {
    it(`are refusals where Redis answered: ${code} in "${message.slice(0, 40)}..."`, () => {
      const error = redisError('10.0.0.1:6379', reply(message));
      assert.equal(error.code, 'REDIS_REFUSED');
      assert.equal(error.message, `Redis at 10.0.0.1:6379 refused a command (${code})`);
      assert.equal(error.retriable, true);
      assert.equal(replyCode(reply(message)), code);
    });
  }

  it('are an unreachable Redis in every other case', () => {
    for (const [cause, reason] of [
      [system('ECONNREFUSED'), 'ECONNREFUSED'],
      [new Error('Command timed out'), 'timeout'],
      [new Error('Connection is closed.'), 'connection closed'],
      ['thrown text', 'connection closed'],
    ] as const) {
      const error = redisError('h:1', cause);
      assert.equal(error.code, 'REDIS_UNREACHABLE');
      assert.equal(error.message, `Redis at h:1 cannot be reached (${reason})`);
      assert.equal(replyCode(cause), null);
    }
  });

  it('do not repeat what a command was given', () => {
    const error = redisError('h:1', reply("WRONGTYPE Operation against a key holding MRN-1, args beginning with: 'secret'"));
    assert.ok(!`${error.message}${error.hint}${JSON.stringify(error.details)}`.match(/MRN-1|secret/));
    assert.equal(error.cause, undefined);
  });

  it('stay what they are when they are ours', () => {
    const own = new EpeeError('INTERNAL', 'x', { stage: 'project' });
    assert.equal(redisError('h:1', own), own);
  });
});

describe('address of a Redis URL', () => {
  it('is host and port, without user and password', () => {
    assert.equal(addressOf('redis://user:secret@db.example:7000/2'), 'db.example:7000');
    assert.equal(addressOf('rediss://db.example'), 'db.example:6379');
  });
});
