import assert from 'node:assert/strict';
import { EpeeError } from '@epee/errors';
import type { Entity, ExtractionResult } from '@epee/records';
import { createExtractor } from '@epee/text';
import { noteOf } from '../../../support/records.ts';
import { type Answers, FACT_GROUPS, factModel, fakeRun, fakeTokenizer, idOf } from './fakes.ts';

/** Reads one note with a model of facts that tags words as given. */
async function read(text: string, answers: Answers) {
  const { run, calls } = fakeRun({ groups: FACT_GROUPS, ...answers });
  const terminology = {
    codesOf: (label: string, words: string) => [{ system: 'Made', code: `${label}:${words}`, display: words, match: 'exact' as const }],
    terminologies: [{ system: 'Made', version: '1', sha256: 'ab' }],
  };
  const extractor = createExtractor({ model: factModel(), tokenizer: fakeTokenizer, run, nowMs: () => 0, terminology });
  const [result] = await extractor.extract([noteOf({ text })], { policyName: 'fast' });
  assert.ok(result !== undefined && !(result instanceof EpeeError), `${result}`);
  return { result, calls };
}

const entity = ({ entities }: ExtractionResult, words: string): Entity => entities.find(({ label, text }) => text === words && /^[a-z]/.test(label))!;

const RASH: Answers['tags'] = {
  trigger: { caused: 'B-Adverse_event' },
  main: { rash: 'B-Effect' },
  sub: { Amoxicillin: 'B-Treatment.Drug', amoxicillin: 'B-Treatment.Drug' },
  entity: { Amoxicillin: 'B-medication', amoxicillin: 'B-medication', rash: 'B-problem', '500': 'B-dose', mg: 'I-dose' },
};

describe('an extractor of facts', () => {
  it('finds entities with assertion, codes and numbers, and attaches a dose', async () => {
    const { result } = await read('Amoxicillin 500 mg caused rash.', { tags: RASH });
    assert.deepEqual(
      result.entities.filter(({ label }) => !/[A-Z]/.test(label)).map(({ label, text }) => [label, text]),
      [
        ['medication', 'Amoxicillin'],
        ['dose', '500 mg'],
        ['problem', 'rash'],
      ],
    );
    assert.equal(entity(result, 'rash').assertion?.certainty.value, 'present');
    assert.equal(entity(result, '500 mg').assertion, null);
    assert.deepEqual([entity(result, '500 mg').parsed?.number, entity(result, '500 mg').parsed?.unit], [500, 'mg']);
    assert.equal(entity(result, 'rash').codes[0]?.code, 'problem:rash');
    assert.deepEqual(result.terminologies, [{ system: 'Made', version: '1', sha256: 'ab' }]);
    const dose = result.relations.find(({ label }) => label === 'has_dose')!;
    assert.deepEqual([dose.headId, dose.tailId], [entity(result, 'Amoxicillin').id, entity(result, '500 mg').id]);
    assert.equal(dose.text, 'Amoxicillin 500 mg');
  });

  it('reads the heading before each sentence of its section', async () => {
    const { calls } = await read('PLAN\n\nStop it.', {});
    const [row] = calls[0]!.filter(({ task }) => task === 'facts');
    assert.deepEqual([...row!.tokenIds], [8, idOf('PLAN'), 9, ...['Stop', 'it', '.'].map(idOf), 9]);
  });

  it('scales the confidence of an entity as the model says', async () => {
    const { result } = await read('Amoxicillin caused rash.', { tags: RASH });
    assert.ok(Math.abs(entity(result, 'rash').confidence - 1 / (1 + Math.exp(1) * (0.19 / 0.81))) < 1e-6);
    assert.ok(Math.abs(entity(result, 'Amoxicillin').confidence - 0.81) < 1e-6);
  });

  it('tells an event that the facts support, as its effect is told', async () => {
    const { result } = await read('Amoxicillin possibly caused rash.', { tags: { ...RASH, certainty: { rash: 'I-possible' } } });
    assert.deepEqual(
      result.events.map(({ type, assertion }) => [type, assertion?.certainty.value]),
      [['Adverse_event', 'possible']],
    );
    const labels = result.events[0]!.arguments.map(({ entityId }) => result.entities.find(({ id }) => id === entityId)!.label);
    assert.deepEqual(labels.sort(), ['Effect', 'Treatment.Drug']);
  });

  it('tells neither an event nor an adverse effect of what the note denies', async () => {
    const { result } = await read('No rash was caused by amoxicillin.', { tags: { ...RASH, certainty: { rash: 'I-absent' } } });
    assert.equal(entity(result, 'rash').assertion?.certainty.value, 'absent');
    assert.deepEqual(result.events, []);
    assert.deepEqual(
      result.relations.filter(({ label }) => label === 'adverse_effect'),
      [],
    );
    assert.deepEqual(
      result.entities.map(({ label }) => label),
      ['problem', 'medication'],
    );
  });

  it('tells no event whose drug is no medication', async () => {
    const { result } = await read('L5 caused rash.', { tags: { ...RASH, sub: { L5: 'B-Treatment.Drug' }, entity: { rash: 'B-problem' } } });
    assert.deepEqual(result.events, []);
    assert.deepEqual(
      result.entities.map(({ label }) => label),
      ['problem'],
    );
  });

  it('gives the cue of an assertion by its place in the note', async () => {
    const { result } = await read('💊 Denies rash.', { tags: { entity: { rash: 'B-problem' }, certainty: { rash: 'I-absent' } } });
    const { certainty } = entity(result, 'rash').assertion!;
    assert.deepEqual(certainty, { value: 'absent', source: 'model', cue: { start: 2, end: 8 } });
  });
});
