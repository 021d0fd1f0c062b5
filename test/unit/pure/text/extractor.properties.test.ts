import assert from 'node:assert/strict';
import { EpeeError } from '@epee/errors';
import type { ExtractedItem, ExtractionResult } from '@epee/records';
import fc from 'fast-check';
import { createExtractor, type TextMode } from '../../../../shared/pure/text/index.ts';
import { noteOf } from '../../../support/records.ts';
import { fakeModel, fakeRun, fakeTokenizer, GROUPS, pooledOutcome, taggingOutcome } from './fakes.ts';

const NOTE = noteOf();

const piece = fc.constantFrom(
  'warfarin',
  'bled ',
  'b.i.d. ',
  'Dr. ',
  '. ',
  '\n',
  '\r\n',
  '\r',
  '\n\n',
  'PLAN',
  'HPI: ',
  '- ',
  '2. ',
  ' | ',
  '\t',
  '💊',
  '𝛼-blocker ',
  'cafe\u0301 ',
  '\u0301',
  '漢字',
  'ß',
  '5 mg ',
  '[SEP] ',
  '\u200d',
);
const text = fc.oneof(
  fc.array(piece, { minLength: 1, maxLength: 60 }).map((pieces) => pieces.join('')),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 200 }),
);

/** An engine that answers every row with tags drawn from a seed: any tag may stand anywhere. */
function randomEngine(seed: number) {
  let state = seed >>> 0;
  const random = (limit: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  return fakeRun({
    row: (row) => {
      if (row.task === 'sections') return pooledOutcome(row, 'plan');
      if (row.task === 'relations') return pooledOutcome(row, random(3) === 0 ? 'none' : 'adverse_effect');
      return taggingOutcome(row, (group) => (random(2) === 0 ? 0 : random(GROUPS[group]!.labels.length)));
    },
  });
}

async function read(texts: readonly string[], seed: number, mode: TextMode = 'note') {
  const { run, calls } = randomEngine(seed);
  const model = fakeModel();
  const results = await createExtractor({ model, tokenizer: fakeTokenizer, run, nowMs: () => 0 }).extract(
    texts.map((text) => ({ ...NOTE, text })),
    { policyName: 'full', mode },
  );
  return { results, rows: calls.flat(), model };
}

function checkItems(text: string, { sections, entities, events, relations }: ExtractionResult): void {
  const points = [...text];
  for (const list of [sections, entities, events, relations]) {
    let last = 0;
    for (const { start, end, text: own } of list as readonly Pick<ExtractedItem, 'start' | 'end' | 'text'>[]) {
      assert.equal(points.slice(start, end).join(''), own);
      assert.ok(own.length > 0 && start >= last);
      last = start;
    }
  }
}

function checkReferences({ entities, events, relations }: ExtractionResult): void {
  for (const [index, { id }] of entities.entries()) assert.equal(id, `e${index + 1}`);
  for (const [index, { id }] of events.entries()) assert.equal(id, `v${index + 1}`);
  const byId = new Map(entities.map((entity) => [entity.id, entity]));
  for (const { role, entityId } of events.flatMap((event) => event.arguments)) assert.equal(byId.get(entityId)!.label, role);
  const used = events.flatMap((event) => event.arguments.map(({ entityId }) => entityId));
  assert.equal(new Set(used).size, used.length);
  for (const { headId, tailId, start, end } of relations) {
    const [head, tail] = [byId.get(headId)!, byId.get(tailId)!];
    assert.deepEqual([start, end], [Math.min(head.start, tail.start), Math.max(head.end, tail.end)]);
  }
}

describe('extraction from any text with any answers', () => {
  for (const mode of ['note', 'sentence'] as const) {
    it(`gives every item the note's own text at its offsets (${mode})`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 3 }), fc.integer(), async (texts, seed) => {
          const { results, rows, model } = await read(texts, seed, mode);
          for (const [index, result] of results.entries()) {
            if (result instanceof EpeeError) {
              assert.equal(result.code, 'TEXT_EMPTY');
              continue;
            }
            checkItems(texts[index]!, result);
            checkReferences(result);
          }
          for (const { task, tokenIds } of rows) assert.ok(tokenIds.length <= model.tasks.find(({ name }) => name === task)!.maxTokens);
        }),
        { numRuns: 300 },
      );
    });
  }

  it('gives a note the same result whatever it is read with', async () => {
    const tags = { main: { bled: 'B-Effect' }, sub: { warfarin: 'B-Treatment.Drug' }, trigger: { on: 'B-Adverse_event' } };
    const read = (texts: readonly string[]) =>
      createExtractor({ model: fakeModel(), tokenizer: fakeTokenizer, run: fakeRun({ tags }).run, nowMs: () => 0 }).extract(
        texts.map((text) => ({ ...NOTE, text })),
        { policyName: 'full' },
      );
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 4 }), async (texts) => {
        const together = await read(texts);
        for (const [index, text] of texts.entries()) assert.deepEqual((await read([text]))[0], together[index]);
      }),
      { numRuns: 50 },
    );
  });

  it('reads a megabyte without a full stop in rows that fit, and finds all that is in it', async () => {
    const text = 'pt on warfarin bled 💊 '.repeat(41_000);
    const { run, calls } = fakeRun({ tags: { main: { bled: 'B-Effect' } } });
    const [result] = await createExtractor({ model: fakeModel(), tokenizer: fakeTokenizer, run, nowMs: () => 0 }).extract(
      [{ ...NOTE, text }],
      {
        policyName: 'full',
      },
    );
    assert.ok(result !== undefined && !(result instanceof EpeeError));
    assert.ok(calls.flat().every(({ tokenIds }) => tokenIds.length <= 24));
    const misplaced = result.entities.findIndex(
      ({ start, end, text: own }, index) => start !== 15 + 22 * index || end !== start + 4 || own !== 'bled',
    );
    assert.deepEqual([result.entities.length, misplaced], [41_000, -1]);
  });
});
