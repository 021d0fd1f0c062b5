import assert from 'node:assert/strict';
import { EpeeError } from '@epee/errors';
import type { ImageToRead } from '@epee/imaging';
import { type PrepareImagesOptions, prepareImages } from '../../../../../services/worker/prepare/images.ts';
import type { ImageWork } from '../../../../../services/worker/types.ts';
import { eventOf } from '../../../adapters/imaging/images.ts';
import { failing, recordAt, resultOf } from '../support.ts';

/** Values are document ids; `!CODE` fails to decode with that code. */
const work = (read: ImageWork['reader']['read']): ImageWork => ({
  async decode(value) {
    const text = String(value);
    if (text.startsWith('!')) throw failing(text.slice(1) as 'AVRO_INVALID');
    return eventOf({ documentId: text });
  },
  reader: { read },
  close: async () => {},
});
const options = (read: ImageWork['reader']['read']): PrepareImagesOptions => ({
  ...{ codec: { encodeResult: (result) => Buffer.from(result.documentId) }, images: work(read) },
  ...{ policy: 'fast', resultMaxBytes: 1000 },
});
const record = (value: string, policy?: string) =>
  recordAt(0n, { value: Buffer.from(value), headers: policy === undefined ? {} : { 'epee-policy': Buffer.from(policy) } });

describe('prepareImages', () => {
  it('passes on why a record could not be read at all', async () => {
    const failure = { code: 'RECORD_TOO_LARGE', stage: 'decode', message: 'too large' } as const;
    const read = async () => assert.fail('the model was asked');
    assert.deepEqual(await prepareImages([{ ...record('a'), failure }], options(read)), [{ record: { ...record('a'), failure }, failure }]);
  });

  it('answers each record in order, with the policy that it names', async () => {
    const seen: (string | undefined)[] = [];
    const read = async (images: readonly ImageToRead[]) =>
      images.map(({ documentId, policyName }) => {
        seen.push(policyName);
        return documentId === 'bad' ? new EpeeError('IMAGE_UNREADABLE', 'cut short', { stage: 'decode' }) : resultOf(documentId);
      });
    const prepared = await prepareImages(
      [record('a', 'careful'), record('!AVRO_INVALID'), record('bad'), record('b', 'No Name'), record('c')],
      options(read),
    );
    assert.deepEqual(
      prepared.map((entry) => ('failure' in entry ? entry.failure.code : entry.result.documentId)),
      ['a', 'AVRO_INVALID', 'IMAGE_UNREADABLE', 'POLICY_UNKNOWN', 'c'],
    );
    assert.deepEqual(seen, ['careful', undefined, undefined]);
  });

  it('throws what is no record’s fault, so that the sub-batch is tried again', async () => {
    const down = async () => Promise.reject(new EpeeError('IMAGE_STORE_UNREACHABLE', 'down', { stage: 'decode' }));
    await assert.rejects(prepareImages([record('a')], options(down)), { code: 'IMAGE_STORE_UNREACHABLE' });
    assert.equal((await prepareImages([record('!AVRO_INVALID')], options(down))).length, 1, 'the model is not asked for nothing');
  });
});
