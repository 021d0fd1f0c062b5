import assert from 'node:assert/strict';
import { EpeeError } from '@epee/errors';
import { createMetrics, type MetricLabel } from '@epee/telemetry';

describe('metrics', () => {
  it('are printed in Prometheus text format', async () => {
    const metrics = createMetrics();
    metrics.counter({ name: 'epee_worker_notes_total', help: 'Notes', labels: ['outcome'] }).inc({ outcome: 'accepted' }, 3);
    metrics.histogram({ name: 'epee_engine_queue_seconds', help: 'Wait', buckets: [0.1, 1] }).observe(0.5);
    metrics.gauge({ name: 'epee_engine_queued_tokens', help: 'Tokens', collect: (gauge) => gauge.set(7) });
    const text = await metrics.text();
    assert.match(text, /^epee_worker_notes_total\{outcome="accepted"\} 3$/m);
    assert.match(text, /^epee_engine_queue_seconds_bucket\{le="1"\} 1$/m);
    assert.match(text, /^epee_engine_queued_tokens 7$/m);
  });

  it('are named epee_<thing>_<unit>, counters with _total at the end: INTERNAL otherwise', () => {
    const metrics = createMetrics();
    const isInternal = (error: unknown) => error instanceof EpeeError && error.code === 'INTERNAL';
    for (const name of ['notes_total', 'epee_notes', 'epee_worker_notes', 'epee_Worker_notes_total', 'epee_worker_frogs_total']) {
      assert.throws(() => metrics.counter({ name, help: 'x' }), isInternal, name);
    }
    assert.throws(() => metrics.gauge({ name: 'epee_worker_notes_total', help: 'x' }), isInternal);
    assert.throws(() => metrics.histogram({ name: 'epee_worker_ms', help: 'x', buckets: [1] }), isInternal);
  });

  it('have no labels that grow with the data', () => {
    const labels = ['documentId'] as unknown as MetricLabel[];
    assert.throws(() => createMetrics().counter({ name: 'epee_worker_notes_total', help: 'x', labels }), /forbidden labels: documentId/);
  });

  it('of the process are added on request', async () => {
    assert.match(await createMetrics({ processMetrics: true }).text(), /^process_cpu_seconds_total /m);
    assert.equal((await createMetrics().text()).trim(), '');
  });
});
