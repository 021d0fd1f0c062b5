import assert from 'node:assert/strict';
import type { SweepRow } from '@epee/engine';
import type { ExitPolicy } from '@epee/exits';
import type { LoadedModel, Row } from '@epee/model';
import { createAnswers } from '../../../../../tools/evaluation/read/answers.ts';
import { createEngineCheck } from '../../../../../tools/evaluation/score/engine-check.ts';
import { viewAnswers } from '../../../../../tools/evaluation/score/view-answers.ts';
import { viewsOf } from '../../../../../tools/evaluation/score/views.ts';

const FULL: ExitPolicy = { entropyThreshold: 'off', patience: 'off' };
const task = (name: string, policies: Record<string, ExitPolicy>) =>
  ({ name, kind: 'classification', maxTokens: 9, labels: ['no', 'yes'], groups: [], relation: null, policies }) as const;
const model: LoadedModel = {
  name: 'm',
  version: '1.0.0',
  sha256: '',
  layers: 3,
  precision: 'fp32',
  tasks: [task('a', { full: FULL, fast: { entropyThreshold: 'off', patience: 1 }, own: FULL }), task('b', { full: FULL, fast: FULL })],
};
const row = (id: string, name: string, token: number): Row => ({ id, task: name, tokenIds: Int32Array.of(token) });
/** Says yes from the second layer on. */
const layers: SweepRow = {
  kind: 'pooled',
  layers: [
    [1, 0],
    [0, 1],
    [0, 2],
  ].map((logits) => Float32Array.from(logits)),
};

function scene(answer: SweepRow = layers) {
  const asked: unknown[][] = [];
  const answers = createAnswers({
    model,
    run: async (rows) => {
      asked.push(rows.map(({ id }) => id));
      return rows.map(() => answer);
    },
  });
  return { asked, answers };
}

describe('views of a model', () => {
  it('are its layers, then the policies that every task has', () => {
    assert.deepEqual(
      viewsOf(model, null).map(({ name }) => name),
      ['layer 1', 'layer 2', 'layer 3', 'full', 'fast'],
    );
  });

  it('refuse a policy that a task lacks', () => {
    assert.throws(() => viewsOf(model, ['own']), {
      code: 'POLICY_UNKNOWN',
      message: /--policy own is unknown to task b of .*; it has full, fast/,
    });
  });

  it('answer with a layer’s own answer, or as a policy lets a row leave', async () => {
    const { answers } = scene();
    const seen = [];
    for (const view of viewsOf(model, null)) {
      const [outcome] = await viewAnswers(view, [row('1', 'a', 5)], answers);
      assert.ok(outcome?.kind === 'pooled');
      seen.push(`${view.name}: ${outcome.label} ${outcome.exitLayer} ${outcome.exitReason}`);
    }
    assert.deepEqual(seen, [
      'layer 1: no 1 final',
      'layer 2: yes 2 final',
      'layer 3: yes 3 final',
      'full: yes 3 final',
      'fast: yes 3 final',
    ]);
  });

  it('follow the policy of each row’s own task', async () => {
    const steady: SweepRow = { kind: 'pooled', layers: [Float32Array.of(0, 1), Float32Array.of(0, 1), Float32Array.of(0, 1)] };
    const { answers } = scene(steady);
    const fast = viewsOf(model, ['fast']).at(-1)!;
    const outcomes = await viewAnswers(fast, [row('1', 'a', 5), row('2', 'b', 5)], answers);
    assert.deepEqual(
      outcomes.map(({ exitLayer }) => exitLayer),
      [2, 3],
    );
  });
});

describe('answers from a sweep', () => {
  it('run rows of the same tokens once, however many views ask, until they are forgotten', async () => {
    const { answers, asked } = scene();
    for (const view of viewsOf(model, null)) {
      await viewAnswers(view, [row('1', 'a', 5), row('2', 'a', 5), row('3', 'a', 6), row('4', 'b', 5)], answers);
    }
    assert.deepEqual(
      asked.map((ids) => ids.length),
      [3],
    );
    answers.forget();
    await answers.layersOf([row('1', 'a', 5)]);
    assert.equal(asked.length, 2);
  });

  it('run each row of an image once', async () => {
    const { answers, asked } = scene();
    const [one, two, three] = ['1', '2', '3'].map((id) => ({ id, task: 'a', pixels: Float32Array.of(1) }));
    await answers.layersOf([one!, two!]);
    await answers.layersOf([one!, two!, three!]);
    assert.deepEqual(asked, [['1', '2'], ['3']]);
  });

  it('refuse logits that are not finite', async () => {
    const { answers } = scene({ kind: 'pooled', layers: layers.layers.map(() => Float32Array.of(Number.NaN, 0)) });
    const [view] = viewsOf(model, null);
    await assert.rejects(viewAnswers(view!, [row('1', 'a', 5)], answers), { code: 'ENGINE_NON_FINITE' });
  });
});

describe('comparison with the exit graph', () => {
  const outcome = (exitLayer: number, label: string) =>
    ({
      kind: 'pooled',
      id: '1',
      task: 'a',
      exitLayer,
      exitReason: 'final',
      entropy: 0,
      computeMs: 0,
      queueMs: 0,
      label,
      confidence: 1,
      logits: new Float32Array(2),
    }) as const;

  it('counts rows that left elsewhere or answered otherwise', async () => {
    const { answers } = scene();
    const full = viewsOf(model, ['full']).at(-1)!;
    for (const [exitLayer, label, different] of [
      [3, 'yes', 0],
      [2, 'yes', 1],
      [3, 'no', 1],
    ] as const) {
      const check = createEngineCheck({ model, run: async () => [outcome(exitLayer, label)] });
      await check.compare([row('1', 'a', 5)], full, answers);
      assert.deepEqual(check.agreement(), { precision: 'fp32', rows: 1, different, onTheEdge: 0 });
    }
  });

  it('gives each row the policy of its task', async () => {
    const given: unknown[] = [];
    const check = createEngineCheck({
      model,
      run: async (rows) => {
        given.push(...rows.map(({ policy }) => policy));
        return [outcome(3, 'yes')];
      },
    });
    await check.compare([row('1', 'a', 5)], viewsOf(model, ['fast']).at(-1)!, scene().answers);
    assert.deepEqual(given, [{ entropyThreshold: 'off', patience: 1 }]);
  });
});
