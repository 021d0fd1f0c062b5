import assert from 'node:assert/strict';
import { EpeeError } from '@epee/errors';
import { refuseTooLarge } from '@epee/stream';

const failed = (reason?: string) =>
  new EpeeError('KAFKA_OUTCOME_UNKNOWN', 'x', { stage: 'publish', details: reason === undefined ? {} : { reason } });
const refusal = { message: 'The topic of results refuses a record of this size', hint: 'Raise its max.message.bytes.' };

describe('refuseTooLarge', () => {
  it('throws where the broker refused the size of a send', () => {
    for (const reason of ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']) {
      const error = failed(reason);
      const { message, hint } = refusal;
      assert.throws(() => refuseTooLarge(error, refusal), { code: 'CONFIG_INVALID', message, hint, cause: error, details: { reason } });
      assert.throws(() => refuseTooLarge(error, { ...refusal, code: 'RECORD_TOO_LARGE' }), { code: 'RECORD_TOO_LARGE' });
    }
  });

  it('lets every other error pass', () => {
    for (const reason of [undefined, 'timeout', 'NOT_LEADER_FOR_PARTITION']) refuseTooLarge(failed(reason), refusal);
  });
});
