import type { TopicsConfig } from './shapes.ts';

const ENVELOPE_BYTES = 64 * 1024;
/** A result repeats its note's text in the sections and again in the items found in them. */
const RESULT_TEXT_COPIES = 8;

/** A topic as it is made where it does not exist yet. */
export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  readonly replication: number;
  readonly config: Readonly<Record<string, string>>;
}

/**
 * The three topics of the flow. Records may be as large as the largest note makes them; records are ordered by the broker's clock, so that a replay from a point in
 * time does not depend on producers' clocks.
 */
export function topicSpecs({ topics, noteMaxBytes }: { readonly topics: TopicsConfig; readonly noteMaxBytes: number }): TopicSpec[] {
  const spec = (name: string, maxBytes: number): TopicSpec => ({
    name,
    partitions: topics.partitions,
    replication: topics.replication,
    config: { 'max.message.bytes': String(maxBytes), 'message.timestamp.type': 'LogAppendTime' },
  });
  const noteBytes = noteMaxBytes + ENVELOPE_BYTES;
  return [spec(topics.notes, noteBytes), spec(topics.results, RESULT_TEXT_COPIES * noteBytes), spec(topics.deadLetters, noteBytes)];
}
