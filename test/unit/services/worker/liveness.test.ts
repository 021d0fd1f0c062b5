import assert from 'node:assert/strict';
import { createMetrics } from '@epee/telemetry';
import { livenessOf } from '../../../../services/worker/liveness.ts';
import { createPairMetric, createRowMetrics, createWorkerMetrics } from '../../../../services/worker/worker-metrics.ts';
import { failing, resultOf } from './support.ts';

const at = (offset: bigint) => ({ topic: 't', partition: 1, offset });

describe('liveness', () => {
  let now = 0;
  const make = () => {
    now = 0;
    return livenessOf({ stallLimitMs: 100, sessionTimeoutMs: 30, nowMs: () => now });
  };

  it('is given while there is no work and the group hears from the worker', () => {
    const liveness = make();
    now = 10_000;
    assert.deepEqual(liveness.probe(5), { ok: true });
  });

  it('fails when the group has not heard from the worker for two sessions', () => {
    assert.equal(make().probe(61).ok, false);
  });

  it('fails when work in flight does not move, and is given again when it does', async () => {
    const liveness = make();
    let end!: () => void;
    const work = liveness.during(at(0n), () => new Promise<void>((resolve) => (end = resolve)));
    now = 90;
    assert.ok(liveness.probe(0).ok);
    now = 101;
    assert.match(liveness.probe(0).reason ?? '', /101 ms/);
    liveness.progress();
    assert.ok(liveness.probe(0).ok);
    end();
    await work;
    now = 1000;
    assert.ok(liveness.probe(0).ok);
  });
});

describe('a partition that does not get on', () => {
  it('is told from progress when it begins at the same offset again and again', async () => {
    let now = 0;
    const liveness = livenessOf({ stallLimitMs: 100, sessionTimeoutMs: 30, nowMs: () => now, loopLimit: 3 });
    const handOut = (offset: bigint) => liveness.during(at(offset), async () => {});
    for (const offset of [1n, 2n, 3n, 4n]) {
      now += 60;
      await handOut(offset);
    }
    assert.ok(liveness.probe(0).ok);
    for (let times = 0; times < 3; times++) {
      now += 60;
      await handOut(4n);
    }
    assert.match(liveness.probe(0).reason ?? '', /t, partition 1, has begun at offset 4 4 times/);
    liveness.progress({ topic: 't', partition: 1 });
    assert.ok(liveness.probe(0).ok);
  });

  it('counts no longer once it went to another member', async () => {
    let now = 0;
    const liveness = livenessOf({ stallLimitMs: 100, sessionTimeoutMs: 30, nowMs: () => now, loopLimit: 2 });
    for (let times = 0; times < 3; times++) {
      await liveness.during(at(4n), async () => {});
      now += 60;
    }
    assert.ok(!liveness.probe(0).ok);
    liveness.left({ topic: 't', partition: 1 });
    assert.ok(liveness.probe(0).ok);
  });
});

describe('metrics of the worker', () => {
  it('count notes, rows and layers, and dead letters by code', async () => {
    const registry = createMetrics();
    const metrics = createWorkerMetrics(registry);
    metrics.result(resultOf('a'));
    metrics.result(resultOf('b', 'full'));
    metrics.deadLetter({ code: 'AVRO_INVALID', stage: 'decode', message: 'm' });
    metrics.transaction('committed');
    metrics.logChanged({ topic: 't', partition: 1 }, { change: 'cut', resumeAt: 9n, lost: 2n });
    metrics.stage('commit', 0.02);
    const text = await registry.text();
    for (const line of [
      'epee_worker_notes_total{policy="full"} 1',
      'epee_worker_rows_total 4',
      'epee_worker_run_layers_total 10',
      'epee_worker_full_layers_total 48',
      'epee_worker_dead_letter_records_total{code="AVRO_INVALID",stage="decode"} 1',
      'epee_worker_transaction_batches_total{outcome="committed"} 1',
      'epee_worker_gap_records_total{topic="t",partition="1"} 2',
      'epee_worker_log_errors_total{topic="t",partition="1",kind="cut"} 1',
      'epee_worker_stage_seconds_count{stage="commit"} 1',
    ]) {
      assert.ok(text.includes(line), line);
    }
  });

  it('spread rows over exit layers by task', async () => {
    const registry = createMetrics();
    const observe = createRowMetrics(registry);
    const base = { id: 'r', exitReason: 'entropy' as const, entropy: 0.1, computeMs: 500, queueMs: 20 };
    observe([
      { ...base, kind: 'pooled', task: 'sections', exitLayer: 2, label: 'a', confidence: 1, logits: new Float32Array(1) },
      { ...base, kind: 'tagging', task: 'events', exitLayer: 5, tags: [], confidences: [] },
      { kind: 'failed', id: 'r', task: 'events', error: failing('ENGINE_NON_FINITE') },
    ]);
    const text = await registry.text();
    for (const line of [
      'epee_worker_exit_layers_bucket{le="1",task="sections"} 0',
      'epee_worker_exit_layers_bucket{le="2",task="sections"} 1',
      'epee_worker_exit_layers_sum{task="events"} 5',
      'epee_worker_exit_rows_total{task="events",exit_reason="entropy"} 1',
      'epee_worker_failed_rows_total{task="events",code="ENGINE_NON_FINITE"} 1',
      'epee_worker_queue_seconds_count{task="sections"} 1',
      'epee_worker_compute_seconds_total{task="events"} 0.5',
    ]) {
      assert.ok(text.includes(line), line);
    }
  });

  it('count the pairs that were not asked about', async () => {
    const registry = createMetrics();
    const leftOut = createPairMetric(registry);
    leftOut(3);
    leftOut(4);
    assert.ok((await registry.text()).includes('epee_worker_left_out_rows_total 7'));
  });
});
