import assert from 'node:assert/strict';
import type { EpeeError } from '@epee/errors';
import type { Outcome } from '@epee/model';
import { type ReplayHead, readHead, toHeaders } from '../../../../tools/replay/headers.ts';
import { planFromValue, plannedOffsets, planToValue, type ReplayPlan } from '../../../../tools/replay/plan.ts';
import { createPairing } from '../../../../tools/replay/report/pairing.ts';
import { addRowUse, type RowUse, readExit, rowUseFromText, rowUseToText } from '../../../../tools/replay/row-use.ts';
import { requestedVariants } from '../../../../tools/replay/variants.ts';
import { result } from './documents.ts';

const outcome = (task: string, exitLayer: number, exitReason: 'entropy' | 'patience' | 'final', entropy: number) =>
  ({ kind: 'pooled', task, exitLayer, exitReason, entropy }) as Outcome;
const row = (note: number, row = 0) => ({ id: { note, row } });

describe('what rows cost', () => {
  it('is added up by note and task, over several calls', () => {
    const notes = new Map<number, RowUse>();
    addRowUse(
      [row(0), row(1), row(0, 1)],
      [outcome('events', 3, 'entropy', 0.25), outcome('events', 2, 'patience', 0.5), outcome('events', 3, 'entropy', 0.25)],
      notes,
    );
    addRowUse([row(0), row(1)], [outcome('relations', 12, 'final', 1), { kind: 'failed', task: 'relations' } as Outcome], notes);
    assert.deepEqual(notes.get(0), {
      events: { rows: 2, entropySum: 0.5, exits: { '3e': 2 } },
      relations: { rows: 1, entropySum: 1, exits: { '12f': 1 } },
    });
    assert.deepEqual(notes.get(1), { events: { rows: 1, entropySum: 0.5, exits: { '2p': 1 } } });
    assert.deepEqual(readExit('12f'), { layer: 12, reason: 'final' });
  });

  it('survives its way through a header', () => {
    const use: RowUse = { events: { rows: 2, entropySum: 0.123457, exits: { '3e': 1, '12f': 1 } } };
    assert.deepEqual(rowUseFromText(rowUseToText(use)), use);
    for (const bad of ['', 'x', '[]', '{"events":[1,2]}', '{"events":[1,2,{"x":1}]}', 'null']) assert.equal(rowUseFromText(bad), null, bad);
  });
});

describe('headers of replay records', () => {
  const head: ReplayHead = {
    run: 'r',
    variant: 'A',
    origin: { partition: 3, offset: 2n ** 60n, timeMs: 1_772_354_400_000 },
    rows: '{}',
    code: null,
  };

  it('say run, variant and origin', () => {
    const headers = Object.fromEntries(Object.entries(toHeaders(head, 'notes')).map(([name, value]) => [name, Buffer.from(value)]));
    assert.deepEqual(readHead({ headers }), head);
    assert.equal(headers['epee-origin-topic']!.toString(), 'notes');
  });

  it('of other records are none', () => {
    assert.equal(readHead({ headers: {} }), null);
    const headers = { 'epee-run': Buffer.from('r'), 'epee-variant': Buffer.from('A'), 'epee-origin-partition': Buffer.from('x') };
    assert.equal(readHead({ headers }), null);
  });
});

describe('variants', () => {
  const defaults = { defaultModel: '/m', defaultPolicy: 'fast' };
  for (const [what, policies, models, expected] of [
    ['full depth and the configured policy, without flags', [], [], ['A /m full', 'B /m fast']],
    ['policies on the configured model', ['fast', 'full', 'careful'], [], ['A /m fast', 'B /m full', 'C /m careful']],
    ['models under the configured policy', [], ['/x', '/y'], ['A /x fast', 'B /y fast']],
    ['each model under each policy', ['full', 'fast'], ['/x', '/y'], ['A /x full', 'B /x fast', 'C /y full', 'D /y fast']],
    ['the same twice, when asked for', ['fast', 'fast'], [], ['A /m fast', 'B /m fast']],
  ] as const) {
    it(`are ${what}`, () =>
      assert.deepEqual(
        requestedVariants({ policies, models, ...defaults }).map(({ id, modelDir, policy }) => `${id} ${modelDir} ${policy}`),
        expected,
      ));
  }

  it('is one where full depth is configured', () =>
    assert.equal(requestedVariants({ policies: [], models: [], defaultModel: '/m', defaultPolicy: 'full' }).length, 1));

  it('are not too many', () =>
    assert.throws(
      () => requestedVariants({ policies: ['a', 'b', 'c'], models: ['/x', '/y', '/z'], ...defaults }),
      (error: EpeeError) => error.code === 'USAGE_INVALID' && /9 variants; at most 8/.test(error.message),
    ));
});

describe("a run's record", () => {
  const plan: ReplayPlan = {
    formatVersion: 1,
    id: 'r',
    createdAt: '2026-03-01T08:30:00.000Z',
    finishedAt: null,
    topic: 'notes',
    ranges: [
      { partition: 0, from: '5', to: '15' },
      { partition: 2, from: '0', to: '7' },
    ],
    variants: [{ id: 'A', policy: 'fast', modelDir: '/m', model: { name: 'm', version: '1', sha256: 'f', layers: 12 } }],
    precision: 'fp32',
    group: 'g',
    replays: { topic: 't', from: [{ partition: 0, offset: '9007199254740993' }], to: null },
  };

  it('comes back as it was written', () => {
    assert.deepEqual(planFromValue(planToValue(plan)), plan);
    assert.equal(plannedOffsets(plan), 17);
  });

  it('is none where it is damaged or of another release', () => {
    for (const value of [null, Buffer.from('x'), Buffer.from('{}'), Buffer.from(JSON.stringify({ ...plan, formatVersion: 2 }))])
      assert.equal(planFromValue(value), null);
  });
});

describe('answers of one record', () => {
  const answer = (variant: string, offset: bigint, documentId: string | null = 'd') => ({
    documentId,
    variant,
    origin: { partition: 0, offset, timeMs: 0 },
    answer: result({}),
  });

  it('come together, whatever lies between them', () => {
    const pairing = createPairing(['A', 'B']);
    assert.equal(pairing.take(answer('A', 1n)), null);
    assert.equal(pairing.take(answer('B', 2n)), null);
    assert.equal(pairing.waiting(), 2);
    assert.deepEqual([...pairing.take(answer('B', 1n))!.answers.keys()], ['A', 'B']);
    assert.equal(pairing.take(answer('A', 2n))!.origin.offset, 2n);
    assert.equal(pairing.waiting(), 0);
  });

  it('have the id that one of them knows; other variants play no part', () => {
    const pairing = createPairing(['A', 'B']);
    pairing.take(answer('A', 1n, null));
    assert.equal(pairing.take(answer('Z', 1n)), null);
    assert.equal(pairing.take(answer('B', 1n, 'd7'))!.documentId, 'd7');
  });
});
