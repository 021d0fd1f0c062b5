import assert from 'node:assert/strict';
import type { ChunkJob } from '@epee/queue';
import type { BatchJob, BatchState } from '@epee/redis';
import { createSweep } from '../../../../services/jobs/sweep.ts';

describe('the sweep', () => {
  function scene() {
    let kept: Record<string, BatchState> = {};
    const added: string[] = [];
    const lost: string[] = [];
    const begun: string[] = [];
    const sweep = createSweep({
      store: {
        states: async () => Object.entries(kept).map(([id, state]) => ({ id, state })),
        get: async (id) => ({ id, state: kept[id], run: 1, nextChunk: 4 }) as BatchJob,
      },
      queue: { add: async ({ import: id, chunk }: ChunkJob) => void added.push(`${id}/${chunk}`) },
      begun: () => begun.splice(0),
      onLost: async (id) => void lost.push(id),
    });
    return {
      added,
      lost,
      begun,
      async sweep(states: Record<string, BatchState>) {
        kept = states;
        await sweep();
      },
    };
  }

  it('adds the next chunk of those that are importing', async () => {
    const { added, sweep } = scene();
    await sweep({ a: 'importing', b: 'paused', c: 'done' });
    assert.deepEqual(added, ['a/4']);
  });

  it('tells once of each that was running and is gone, not of those that had ended', async () => {
    const { lost, sweep } = scene();
    await sweep({ a: 'importing', b: 'paused', c: 'extracting', d: 'done', e: 'failed', f: 'cancelled' });
    await sweep({ a: 'importing' });
    await sweep({});
    await sweep({});
    assert.deepEqual(lost, ['b', 'c', 'a']);
  });

  it('tells of one that began after the last sweep and is gone before the next', async () => {
    const { begun, lost, sweep } = scene();
    await sweep({});
    begun.push('a');
    await sweep({});
    await sweep({});
    assert.deepEqual(lost, ['a']);
  });
});
