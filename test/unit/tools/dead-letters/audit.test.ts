import assert from 'node:assert/strict';
import { EpeeError } from '@epee/errors';
import type { OutgoingRecord } from '@epee/stream';
import { auditPayload } from '../../../../tools/dead-letters/audit.ts';

const ENTRY = { operator: 'ada', letter: 'dead/0/7', timeMs: 1_700_000_000_000 };

describe('the audit log', () => {
  it('gets who, when and which letter', async () => {
    const sent: (readonly [string, OutgoingRecord])[] = [];
    const producer = {
      send: async (topic: string, records: readonly OutgoingRecord[]) => {
        for (const record of records) sent.push([topic, record]);
        return [];
      },
      recordMaxBytes: async () => 1_000_000,
      close: async () => {},
    };
    await auditPayload(async () => producer, 'audit', ENTRY);
    const [[topic, record], ...none] = sent as [[string, OutgoingRecord]];
    assert.deepEqual([topic, none.length], ['audit', 0]);
    const { host, ...entry } = JSON.parse(String(record.value));
    assert.ok(typeof host === 'string');
    assert.deepEqual(entry, {
      formatVersion: 1,
      action: 'dead-letter-payload-shown',
      time: '2023-11-14T22:13:20.000Z',
      operator: 'ada',
      letter: 'dead/0/7',
    });
  });

  it('fails where it cannot be written, so that nothing is shown', async () => {
    const fail = async () => {
      throw new EpeeError('KAFKA_SEND_FAILED', 'no', { stage: 'publish' });
    };
    await assert.rejects(auditPayload(fail, 'audit', ENTRY), {
      code: 'AUDIT_FAILED',
      message: /audit could not be written; the payload is not shown/,
    });
    const producer = { send: fail, recordMaxBytes: async () => 1_000_000, close: async () => {} };
    await assert.rejects(
      auditPayload(async () => producer, 'audit', ENTRY),
      { code: 'AUDIT_FAILED' },
    );
  });
});
