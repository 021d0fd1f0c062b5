import assert from 'node:assert/strict';
import { ingestConfig, topicSpecs } from '@epee/config';

describe('topicSpecs', () => {
  it('names the three topics with their shape', () => {
    const specs = topicSpecs(ingestConfig({ EPEE_TOPIC_PARTITIONS: '6', EPEE_TOPIC_REPLICATION: '3', EPEE_NOTES_TOPIC: 'n' }));
    assert.deepEqual(
      specs.map(({ name, partitions, replication }) => [name, partitions, replication]),
      [
        ['n', 6, 3],
        ['epee.results.v1', 6, 3],
        ['epee.dead-letters.v1', 6, 3],
      ],
    );
  });

  it('lets the largest note, its result and its dead letter through', () => {
    const noteMaxBytes = 4 * 1024 * 1024;
    const specs = topicSpecs(ingestConfig({ EPEE_NOTE_MAX_BYTES: String(noteMaxBytes) }));
    const [notes, results, deadLetters] = specs.map(({ config }) => Number(config['max.message.bytes']));
    assert.ok(notes! > noteMaxBytes && deadLetters! >= notes! && results! > 2 * noteMaxBytes);
  });
});
