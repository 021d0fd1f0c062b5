import assert from 'node:assert/strict';
import type { SweepRow } from '@epee/engine';
import type { LabelledFile } from '@epee/labelled-data';
import type { AnyRow } from '@epee/model';
import { unseenProgress, type Watch } from '@epee/terminal';
import { casesOf } from '../../../../../tools/evaluation/curves/cases.ts';
import { probesOf } from '../../../../../tools/evaluation/curves/probes.ts';
import { createAnswers } from '../../../../../tools/evaluation/read/answers.ts';
import { eachPortion, type Portion, taskReading } from '../../../../../tools/evaluation/read/task-reading.ts';
import { fakeModel, fakeTokenizer } from '../../../pure/text/fakes.ts';

const LABELS = ['genhx', 'plan', 'allergy'];
const size = (portion: Portion) => (portion.kind === 'rows' ? portion.rows : portion.texts).length;

/** Sections whose texts differ; the model says `plan` from the seventh of its twelve layers on. */
async function scene(count: number, labelOf: (at: number) => string = (at) => LABELS[at % 3]!) {
  const file: LabelledFile = {
    kind: 'classification',
    items: Array.from({ length: count }, (_, at) => ({
      ...{ where: `f:${at}`, document: `d${at}` },
      item: { id: `i${at}`, text: `text ${at}`, label: labelOf(at) },
    })),
  };
  const asked: number[] = [];
  const layers = Array.from({ length: 12 }, (_, layer) => Float32Array.from(layer < 6 ? [1, 0, 0] : [0, 3, 0]));
  const answers = createAnswers({
    model: fakeModel(),
    run: async (rows: readonly AnyRow[]) => {
      asked.push(rows.length);
      return rows.map((): SweepRow => ({ kind: 'pooled', layers }));
    },
  });
  return { asked, answers, reading: await taskReading('sections', file, { answers, tokenizer: fakeTokenizer, images: null }) };
}

const watch = (more: Partial<Watch> = {}): Watch => ({ startProgress: unseenProgress, signal: new AbortController().signal, ...more });

describe('reading a task of a file', () => {
  it('goes through its items in portions, forgets the answers to each, and shows how far it is', async () => {
    const { asked, reading } = await scene(130);
    const shown: string[] = [];
    const sizes: number[] = [];
    const startProgress: Watch['startProgress'] = (what) => ({
      ...unseenProgress(''),
      at: (_, words) => void shown.push(`${what}: ${words}`),
      end: () => void shown.push('end'),
    });
    await eachPortion(reading, 'read', watch({ startProgress }), async (portion) => {
      sizes.push(size(portion));
      await casesOf(portion, []);
      await probesOf(portion);
    });
    assert.deepEqual(
      [sizes, asked],
      [
        [128, 2],
        [128, 2],
      ],
      'each row runs once, however often it is asked about',
    );
    assert.deepEqual(shown, ['read: 128 of 130 items', 'read: 130 of 130 items', 'end']);
  });

  it('ends after the portion in use when it is to end', async () => {
    const { reading } = await scene(300);
    const ended = new AbortController();
    let portions = 0;
    const use = async () => {
      portions += 1;
      ended.abort('SIGINT');
    };
    await assert.rejects(eachPortion(reading, 'read', watch({ signal: ended.signal }), use), (reason) => reason === 'SIGINT');
    assert.equal(portions, 1);
  });

  it('gives cases and decisions without any scoring', async () => {
    const { reading } = await scene(3, (at) => ['plan', 'genhx', 'strange'][at]!);
    assert.deepEqual(reading.unknownLabels, { strange: 1 });
    await eachPortion(reading, 'read', watch(), async (portion) => {
      const cases = await casesOf(portion, []);
      assert.deepEqual(
        cases.map(({ id, document, task, answers }) => [id, document, task, answers.get('6')!.key, answers.get('7')!.key]),
        [0, 1, 2].map((at) => [`i${at}`, `d${at}`, 'sections', 'genhx', 'plan']),
      );
      assert.deepEqual(
        cases.map(({ answers }) => answers.get('12')!.counts!.right),
        [1, 0, 0],
      );
      assert.deepEqual(
        (await probesOf(portion)).map(({ gold }) => gold),
        [1, 0],
        'of labels that the model knows',
      );
    });
  });
});
