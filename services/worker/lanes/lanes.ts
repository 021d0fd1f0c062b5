import { createGate, type Gate, workerGroups } from '@epee/stream';
import { BATCH_SUB_BATCHES_AT_A_TIME, SUB_BATCHES_AT_A_TIME } from '../limits.ts';
import { prepareImages } from '../prepare/images.ts';
import { prepareNotes } from '../prepare/notes.ts';
import type { WorkerDeps, WorkerOptions } from '../types.ts';
import type { Lane } from './lane.ts';

/** What lanes are made from. */
export interface LanesDeps extends Pick<WorkerDeps, 'codec' | 'extractor' | 'images'> {
  readonly options: Pick<WorkerOptions, 'topics' | 'policy' | 'topicPolicies' | 'noteMaxBytes'> & {
    readonly consumer: Pick<WorkerOptions['consumer'], 'group'>;
  };
  /** Bytes that a result may have as a record. */
  readonly resultMaxBytes: number;
}

/** The lanes of a worker: notes; notes of batch imports, where there is a topic of them; images, where the worker reads them. */
export function lanesOf({ options, codec, extractor, images, resultMaxBytes }: LanesDeps): Lane[] {
  const { topics, topicPolicies = {}, noteMaxBytes } = options;
  const groups = new Map(workerGroups(options.consumer.group, topics).map(({ topic, group }) => [topic, group]));
  const groupOf = (topic: string) => groups.get(topic)!;
  const gate = createGate(SUB_BATCHES_AT_A_TIME, BATCH_SUB_BATCHES_AT_A_TIME);
  const policyOf = (topic: string) => (Object.hasOwn(topicPolicies, topic) ? topicPolicies[topic]! : options.policy);
  const preparingNotes = (topic: string): Lane['prepare'] => {
    const work = { codec, extractor, policy: policyOf(topic), noteMaxBytes, resultMaxBytes };
    return (records, { turn }) => prepareNotes(records, { ...work, turn });
  };

  const lanes: Lane[] = [{ topic: topics.notes, group: groupOf(topics.notes), gate, prepare: preparingNotes(topics.notes) }];
  if (topics.batchNotes !== undefined) {
    const topic = topics.batchNotes;
    lanes.push({ topic, group: groupOf(topic), gate: patient(gate), prepare: preparingNotes(topic) });
  }
  if (images !== undefined) {
    const work = { codec, images, policy: policyOf(topics.images), resultMaxBytes };
    // Images that wait for their store must not take the places of notes.
    const own = createGate(SUB_BATCHES_AT_A_TIME);
    const prepare: Lane['prepare'] = (records, asker) => prepareImages(records, { ...work, asker });
    lanes.push({ topic: topics.images, group: groupOf(topics.images), gate: own, prepare });
  }
  return lanes;
}

/** Lets whoever waits now go first. */
const patient = (gate: Gate): Lane['gate'] => ({ ...gate, run: (work) => gate.run(work, true) });
