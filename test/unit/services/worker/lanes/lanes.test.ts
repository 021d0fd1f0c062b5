import assert from 'node:assert/strict';
import { NO_TURN } from '@epee/model';
import type { Gate } from '@epee/stream';
import { type LanesDeps, lanesOf } from '../../../../../services/worker/lanes/lanes.ts';
import { BATCH_SUB_BATCHES_AT_A_TIME, SUB_BATCHES_AT_A_TIME } from '../../../../../services/worker/limits.ts';
import type { ImageWork } from '../../../../../services/worker/types.ts';
import { noteOf } from '../../../../support/records.ts';
import { eventOf } from '../../../adapters/imaging/images.ts';
import { recordAt, resultOf } from '../support.ts';

const TOPICS = { notes: 'notes', images: 'images', results: 'results', deadLetters: 'dead', partitions: 1, replication: 1 };
const ASKER = { turn: NO_TURN, abandon: new AbortController().signal, onTrouble: () => {} };
const ALL = { ...TOPICS, batchNotes: 'batch' };

/** Lanes over models that write down which policies they follow. */
function scene(topics: LanesDeps['options']['topics'], topicPolicies?: Record<string, string>, withImages = true) {
  const followed: (string | undefined)[] = [];
  const follow = (items: readonly { readonly documentId: string; readonly policyName?: string }[], policy: string) => {
    followed.push(...items.map(({ policyName }) => policyName ?? policy));
    return items.map(({ documentId }) => resultOf(documentId));
  };
  const note = noteOf();
  const images: ImageWork = {
    decode: async () => eventOf({ documentId: 'i' }),
    reader: { read: async (given, policy) => follow(given, policy) },
    close: async () => {},
  };
  const lanes = lanesOf({
    options: {
      consumer: { group: 'worker' },
      policy: 'fast',
      noteMaxBytes: 1000,
      topics,
      ...(topicPolicies === undefined ? {} : { topicPolicies }),
    },
    codec: { decodeNote: async () => note, encodeResult: () => Buffer.alloc(1) },
    extractor: { extract: async (notes, policy) => follow(notes, policy), close: async () => {} },
    ...(withImages && { images }),
    resultMaxBytes: 1000,
  });
  return { lanes, followed };
}

const full = { headers: { 'epee-policy': Buffer.from('full') } };

/** Most works that a gate lets run at a time. */
async function widthOf({ run }: Pick<Gate, 'run'>): Promise<number> {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  let running = 0;
  const works = Array.from({ length: 9 }, () =>
    run(async () => {
      running++;
      await opened;
    }),
  );
  await new Promise((resolve) => setImmediate(resolve));
  const most = running;
  open();
  await Promise.all(works);
  return most;
}

describe('lanes', () => {
  it('are those of the topics that there are, each with a group of its own', () => {
    const shown = ({ lanes }: ReturnType<typeof scene>) => lanes.map(({ topic, group }) => `${topic} ${group}`);
    assert.deepEqual(shown(scene(TOPICS, {}, false)), ['notes worker']);
    assert.deepEqual(shown(scene(ALL)), ['notes worker', 'batch worker-batch', 'images worker-images']);
  });

  it('follow the record’s header, else the topic’s policy, else the configured one', async () => {
    for (const [policies, own] of [
      [{ notes: 'careful', images: 'careful', batch: 'careful' }, 'careful'],
      [{ other: 'careful' }, 'fast'],
      [undefined, 'fast'],
    ] as const) {
      const { lanes, followed } = scene(ALL, policies);
      for (const lane of lanes) await lane.prepare([recordAt(0n, full), recordAt(1n)], ASKER);
      assert.deepEqual(followed, ['full', own, 'full', own, 'full', own]);
    }
  });

  it('bound what is extracted at a time, imports to their share', async () => {
    const [notes, batch, images] = scene(ALL).lanes;
    assert.deepEqual(
      [await widthOf(notes!.gate), await widthOf(batch!.gate), await widthOf(images!.gate)],
      [SUB_BATCHES_AT_A_TIME, BATCH_SUB_BATCHES_AT_A_TIME, SUB_BATCHES_AT_A_TIME],
    );
  });

  it('let notes that somebody waits for pass imports, and images take no place of theirs', async () => {
    const [notes, batch, images] = scene(ALL).lanes;
    const leave = await notes!.gate.enterAlone();
    const order: string[] = [];
    const waiting = [batch!.gate.run(async () => void order.push('batch')), notes!.gate.run(async () => void order.push('notes'))];
    await images!.gate.run(async () => void order.push('images'));
    leave();
    await Promise.all(waiting);
    assert.deepEqual(order, ['images', 'notes', 'batch']);
  });
});
