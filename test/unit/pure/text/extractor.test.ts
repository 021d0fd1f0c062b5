import assert from 'node:assert/strict';
import { EpeeError } from '@epee/errors';
import type { Encoding, LoadedModel, Tokenizer } from '@epee/model';
import type { ExtractionResult } from '@epee/records';
import { createExtractor, type ExtractOptions, type NoteToRead } from '../../../../shared/pure/text/index.ts';
import { noteOf, resultOf, UNSAID } from '../../../support/records.ts';
import { type Answers, encode, fakeModel, fakeRun, fakeTokenizer, pooledOutcome, taggingOutcome } from './fakes.ts';

const note = (text: string, more: Partial<NoteToRead> = {}): NoteToRead => ({
  ...noteOf({ documentId: 'd1', version: 4n, patientRef: 'p1', text }),
  ...more,
});

interface Setup extends Answers {
  readonly model?: LoadedModel;
  readonly tokenizer?: Tokenizer;
  readonly maxTextBytes?: number;
  readonly maxRows?: number;
}

function setUp({ model = fakeModel(), tokenizer = fakeTokenizer, maxTextBytes, maxRows, ...answers }: Setup = {}) {
  const { run, calls } = fakeRun(answers);
  const leftOut: number[] = [];
  const extractor = createExtractor({
    model,
    tokenizer,
    run,
    nowMs: () => 1234,
    onPairsLeftOut: (pairs) => leftOut.push(pairs),
    ...(maxTextBytes === undefined ? {} : { maxTextBytes }),
    ...(maxRows === undefined ? {} : { maxRows }),
  });
  const extract = (notes: readonly NoteToRead[], options: Partial<ExtractOptions> = {}) =>
    extractor.extract(notes, { policyName: 'fast', ...options });
  const one = async (text: string, options?: Partial<ExtractOptions>) => good((await extract([note(text)], options))[0]);
  return { extract, one, calls, leftOut };
}

function good(result: ExtractionResult | EpeeError | undefined): ExtractionResult {
  assert.ok(result !== undefined && !(result instanceof EpeeError), `${result}`);
  return result;
}

function code(result: ExtractionResult | EpeeError | undefined): string {
  assert.ok(result instanceof EpeeError);
  return result.code;
}

const RASH: Answers['tags'] = {
  trigger: { caused: 'B-Adverse_event' },
  main: { rash: 'B-Effect', severe: 'B-Effect', itch: 'I-Effect' },
  sub: { amoxicillin: 'B-Treatment.Drug', '500': 'B-Treatment.Dosage', mg: 'I-Treatment.Dosage' },
};

describe('createExtractor', () => {
  it('turns a note into sections, entities, events and relations', async () => {
    const text = 'HPI: 💊 Amoxicillin.\nSHE SAYS\n\nPLAN\n\nToday amoxicillin 500 mg caused rash. Rest.';
    const result = await setUp({ tags: RASH }).one(text);
    const at = (piece: string, from = 0) => {
      const start = [...text.slice(0, text.indexOf(piece, from))].length;
      return { start, end: start + piece.length, text: piece };
    };
    assert.deepEqual(result, {
      ...resultOf({ documentId: 'd1', version: 4n, patientRef: 'p1' }),
      sections: [
        {
          label: 'genhx',
          heading: 'HPI',
          start: 0,
          end: 28,
          text: 'HPI: 💊 Amoxicillin.\nSHE SAYS',
          confidence: 1,
          exitLayer: 0,
          exitReason: 'heading',
        },
        {
          label: 'plan',
          heading: 'PLAN',
          ...at('PLAN\n\nToday amoxicillin 500 mg caused rash. Rest.'),
          confidence: 1,
          exitLayer: 0,
          exitReason: 'heading',
        },
      ],
      entities: [
        { id: 'e1', label: 'Treatment.Drug', ...at('amoxicillin'), ...tagged(1), ...UNSAID },
        { id: 'e2', label: 'Treatment.Dosage', ...at('500 mg'), ...tagged(2), ...UNSAID },
        { id: 'e3', label: 'Effect', ...at('rash'), ...tagged(1), ...UNSAID },
      ],
      events: [
        {
          id: 'v1',
          type: 'Adverse_event',
          arguments: [
            { role: 'Treatment.Drug', entityId: 'e1' },
            { role: 'Treatment.Dosage', entityId: 'e2' },
            { role: 'Effect', entityId: 'e3' },
          ],
          ...at('caused'),
          ...tagged(1),
          assertion: null,
        },
      ],
      relations: [
        {
          label: 'adverse_effect',
          headId: 'e1',
          tailId: 'e2',
          ...at('amoxicillin 500 mg'),
          confidence: 0.9,
          exitLayer: 3,
          exitReason: 'entropy',
        },
        {
          label: 'adverse_effect',
          headId: 'e1',
          tailId: 'e3',
          ...at('amoxicillin 500 mg caused rash'),
          confidence: 0.9,
          exitLayer: 3,
          exitReason: 'entropy',
        },
      ],
      models: [{ name: 'fake', version: '1.2.3', sha256: 'ab'.repeat(32), policy: 'fast' }],
      // Four sentences after layer 5 and two pairs after layer 3; the headings decide both sections.
      compute: { rows: 6, layersRun: 26, layersFull: 72, computeMs: 20 },
      processedAtMs: 1234,
    });
  });

  it('runs all sections and sentences of all notes in one call, and all pairs in a second', async () => {
    const { extract, calls } = setUp({ tags: RASH });
    const notes = [
      note('Amoxicillin caused rash.'),
      note('amoxicillin caused rash. Rest.', { documentId: 'd2' }),
      note('Nothing.', { documentId: 'd3' }),
    ];
    const results = (await extract(notes)).map(good);
    assert.deepEqual(
      calls.map((rows) => rows.map(({ task }) => task)),
      [['sections', 'events', 'sections', 'events', 'events', 'sections', 'events'], ['relations']],
    );
    assert.deepEqual(
      calls.map((rows) => rows.map(({ id: { note, row } }) => [note, row])),
      [
        [
          [0, 0],
          [0, 1],
          [1, 0],
          [1, 1],
          [1, 2],
          [2, 0],
          [2, 1],
        ],
        [[1, 0]],
      ],
    );
    assert.deepEqual(
      results.map(({ documentId, relations }) => [documentId, relations.length]),
      [
        ['d1', 0],
        ['d2', 1],
        ['d3', 0],
      ],
    );
  });

  it('asks the model about a section whose heading the table leaves open, about its body alone', async () => {
    const { one, calls } = setUp({ section: 'plan' });
    const result = await one('IMPRESSION\nGetting better.');
    assert.deepEqual(
      result.sections.map(({ label, heading, exitLayer, exitReason }) => [label, heading, exitLayer, exitReason]),
      [['plan', 'IMPRESSION', 3, 'entropy']],
    );
    assert.deepEqual(calls[0]![0]!.tokenIds, Int32Array.from([8, ...encode('Getting better.').tokenIds, 9]));
  });

  it('asks the model where it has no such label as the heading stands for', async () => {
    const result = await setUp({ section: 'plan' }).one('IMMUNIZATIONS\nUp to date.');
    assert.deepEqual([result.sections[0]!.label, result.sections[0]!.exitReason], ['plan', 'entropy']);
  });

  it('reads the heading of a section without text', async () => {
    const { one, calls } = setUp();
    await one('IMPRESSION');
    assert.deepEqual(
      calls[0]!.map(({ tokenIds }) => [...tokenIds]),
      [[8, ...encode('IMPRESSION').tokenIds, 9]],
    );
  });

  it('reads a heading that is no standard one as a sentence, too', async () => {
    const { one } = setUp({ tags: { main: { RASHES: 'B-Effect' } } });
    const { entities } = await one('Seen.\n\nRASHES AGAIN\nStopped it.');
    assert.deepEqual(
      entities.map(({ text, start }) => [text, start]),
      [['RASHES', 7]],
    );
  });

  it('gives a section row no more tokens than its task allows', async () => {
    const { one, calls } = setUp();
    await one(`${'word '.repeat(3000)}.`);
    assert.equal(calls[0]![0]!.task, 'sections');
    assert.equal(calls[0]![0]!.tokenIds.length, 24);
  });

  it('makes no row of a sentence without a letter, and leaves list markers out of rows', async () => {
    const { one, calls } = setUp();
    await one('PLAN\n-----\n1. Rest\n120/80\n-----');
    assert.deepEqual(
      calls[0]!.map(({ tokenIds }) => [...tokenIds]),
      [[8, ...encode('Rest').tokenIds, 9]],
    );
  });

  it('windows a long sentence and answers for all of it', async () => {
    const { one, calls } = setUp({ tags: { main: { rash: 'B-Effect' } } });
    const { entities } = await one(`${'she had a rash and then '.repeat(20)}`, { mode: 'sentence' });
    assert.ok(calls[0]!.length > 1 && calls[0]!.every(({ tokenIds }) => tokenIds.length <= 24));
    assert.deepEqual(
      entities.map(({ start, text }) => [start, text]),
      Array.from({ length: 20 }, (_, i) => [10 + 24 * i, 'rash']),
    );
  });

  it('reads a text as one sentence without sections', async () => {
    const { one, calls } = setUp({ tags: RASH });
    const result = await one(' PLAN: amoxicillin given.\n\nIt caused rash.', { mode: 'sentence' });
    assert.deepEqual(
      calls[0]!.map(({ task }) => task),
      ['events'],
    );
    assert.deepEqual([result.sections, result.events[0]!.arguments.length, result.relations.length], [[], 2, 1]);
  });

  it('drops pairs without a relation', async () => {
    const { one, calls } = setUp({ tags: RASH, relation: 'none' });
    assert.deepEqual((await one('Amoxicillin 500 mg and amoxicillin caused rash.')).relations, []);
    assert.equal(calls[1]!.length > 0, true);
  });

  it('counts the pairs that it does not ask about', async () => {
    const many = setUp({ tags: RASH, model: fakeModel({ maxTokens: 400, relationTokens: 400 }) });
    const result = await many.one(`${'amoxicillin rash '.repeat(8)}`, { mode: 'sentence' });
    assert.deepEqual([result.relations.length, many.leftOut], [32, [32]]);
    const far = setUp({ tags: RASH, model: fakeModel({ maxTokens: 400, relationTokens: 20 }) });
    await far.one(`amoxicillin ${'word '.repeat(30)} rash`, { mode: 'sentence' });
    assert.deepEqual(far.leftOut, [1]);
  });

  it('lists entities in the order of the text, the longer of two that begin together first', async () => {
    const { one } = setUp({
      tags: {
        main: { severe: 'B-Effect', itch: 'I-Effect' },
        sub: { severe: 'B-Treatment.Drug' },
        combination: { A: 'B-Combination.Drug' },
      },
    });
    const { entities } = await one('A severe itch.');
    assert.deepEqual(
      entities.map(({ text }) => text),
      ['A', 'severe itch', 'severe'],
    );
    const swapped = setUp({ tags: { main: { severe: 'B-Effect' }, sub: { severe: 'B-Treatment.Drug', itch: 'I-Treatment.Drug' } } });
    assert.deepEqual(
      (await swapped.one('A severe itch.')).entities.map(({ text }) => text),
      ['severe itch', 'severe'],
    );
  });

  it('ends a span after the combining marks of its last letter', async () => {
    const stripping: Tokenizer = {
      ...fakeTokenizer,
      encode: async (texts) => texts.map((text) => stripMarks(encode(text), text)),
    };
    const { entities } = await setUp({ tokenizer: stripping, tags: { main: { rashe: 'B-Effect' } } }).one('A rashe\u0301 today.');
    assert.deepEqual(
      entities.map(({ text }) => text),
      ['rashe\u0301'],
    );
  });

  it('carries over what the note says of its document', async () => {
    const sourceIds = [{ system: 'MSH-10', value: 'A1' }];
    const fields = { encounterRef: 'e', noteType: 'visit', documentStatus: 'corrected', noteTimeMs: -1, sourceIds } as const;
    const result = good((await setUp().extract([note('Rest.', fields)]))[0]);
    for (const [field, value] of Object.entries(fields)) assert.deepEqual(result[field as keyof typeof fields], value, field);
  });

  it('answers a note that takes its document back with a retraction, whatever policy it names, and runs nothing', async () => {
    const { extract, calls } = setUp();
    const fields = { documentId: 'd1', version: 5n, patientRef: 'p1', retraction: { reason: 'entered-in-error' } };
    const [fine, taken] = await extract([note('Rest.'), note('', { ...fields, policyName: 'unknown' })]);
    assert.ok(good(fine).compute.rows > 0);
    const nothing = { models: [], compute: { rows: 0, layersRun: 0, layersFull: 0, computeMs: 0 }, processedAtMs: 1234 };
    assert.deepEqual(taken, resultOf({ ...fields, ...nothing }));
    assert.ok(calls.flat().every(({ id }) => id.note === 0));
  });

  describe('policies', () => {
    it('gives every row its task’s policy of that name', async () => {
      const { one, calls } = setUp({ tags: RASH });
      await one('amoxicillin caused rash.');
      assert.ok(calls.flat().every(({ policy }) => policy!.entropyThreshold === 0.1 && policy!.patience === 3));
    });

    it('lets a note name its own, and the caller give values by task', async () => {
      const { extract, calls } = setUp();
      const own = { entropyThreshold: 0.5, patience: 'off' } as const;
      const results = await extract([note('One.'), note('Two.', { policyName: 'full' })], { policies: { events: own } });
      assert.deepEqual(
        calls[0]!.map(({ task, policy }) => [task, policy!.entropyThreshold]),
        [
          ['sections', 0.1],
          ['events', 0.5],
          ['sections', 'off'],
          ['events', 'off'],
        ],
      );
      assert.deepEqual(
        results.map((result) => good(result).models[0]!.policy),
        ['fast', 'full'],
      );
    });

    it('refuses a name that the model does not hold, for that note alone', async () => {
      const [bad, fine] = await setUp().extract([note('One.', { policyName: 'toString' }), note('Two.')]);
      assert.equal(code(bad), 'POLICY_UNKNOWN');
      assert.match((bad as EpeeError).message, /policy toString is unknown to task .*full, fast/);
      good(fine);
    });
  });

  describe('failures', () => {
    it('refuses texts that cannot be read, each for itself', async () => {
      const { extract } = setUp({ maxTextBytes: 40 });
      const results = await extract([note('Fine.'), note(' \n'), note('x'.repeat(41)), note('half \ud83d'), note('Fine, too.')]);
      assert.deepEqual(
        [1, 2, 3].map((index) => code(results[index])),
        ['TEXT_EMPTY', 'TEXT_TOO_LARGE', 'TEXT_INVALID_UTF8'],
      );
      assert.equal(good(results[0]).sections.length + good(results[4]).sections.length, 2);
    });

    it('refuses a note with too many rows before any of its rows is run, and the others are read', async () => {
      const { extract } = setUp({ maxRows: 3 });
      const [fine, long] = await extract([
        note('One. Two.'),
        note('One thing here. Two things here. Three things here. Four things here.'),
      ]);
      good(fine);
      assert.equal(code(long), 'TEXT_TOO_LARGE');
      assert.match((long as EpeeError).message, /it makes \d rows for the model, the limit is 3/);
    });

    it('limits texts to a mebibyte unless told otherwise', async () => {
      const results = await setUp().extract([note('1 '.repeat(524_288)), note(`${'1 '.repeat(524_288)}1`)]);
      good(results[0]);
      assert.equal(code(results[1]), 'TEXT_TOO_LARGE');
    });

    for (const stage of ['events', 'relations'] as const) {
      it(`gives a note the error of its failed row (${stage}), and the others their results`, async () => {
        const error = new EpeeError('ENGINE_NON_FINITE', 'logits are not finite', { stage: 'engine' });
        let first = true;
        const { extract } = setUp({
          tags: RASH,
          row: ({ id, task }) => {
            if (task !== stage || !first) return undefined;
            first = false;
            return { kind: 'failed', id, task, error };
          },
        });
        const [bad, fine] = await extract([note('amoxicillin caused rash.'), note('amoxicillin caused severe itch.')]);
        assert.equal(bad, error);
        assert.deepEqual(
          good(fine).relations.map(({ text }) => text),
          ['amoxicillin caused severe itch'],
        );
      });
    }

    it('ends only the note whose text the tokenizer cannot take', async () => {
      const tokenizer: Tokenizer = {
        ...fakeTokenizer,
        encode: async (texts): Promise<Encoding[]> => {
          if (texts.some((text) => text.includes('poison'))) throw new Error('cannot encode');
          return texts.map(encode);
        },
      };
      const [first, bad, last] = await setUp({ tokenizer }).extract([note('One.'), note('poison'), note('Two. Three.')]);
      assert.equal(code(bad), 'EXTRACTION_FAILED');
      assert.doesNotMatch((bad as EpeeError).message, /poison/);
      assert.deepEqual([good(first).compute.rows, good(last).compute.rows], [2, 3]);
    });

    it('gives up no note for a tokenizer that takes none', async () => {
      const broken = new Error('out of memory');
      const { extract } = setUp({ tokenizer: { ...fakeTokenizer, encode: () => Promise.reject(broken) } });
      await assert.rejects(extract([note('One.'), note(''), note('Two.')]), broken);
    });

    it('ends only the note whose answers make no sense', async () => {
      const { extract } = setUp({
        row: (row) => {
          if (row.id.note === 0 && row.task === 'events') return pooledOutcome(row, 'plan');
          if (row.id.note === 1 && row.task === 'sections') return taggingOutcome(row, () => 0);
          if (row.id.note === 2 && row.task === 'events') return taggingOutcome(row, () => 200);
          return undefined;
        },
      });
      const results = await extract([note('One.'), note('Two.'), note('Three.'), note('Four.')]);
      assert.deepEqual(results.slice(0, 3).map(code), ['INTERNAL', 'INTERNAL', 'EXTRACTION_FAILED']);
      good(results[3]);
    });

    it('passes on what stops the engine as a whole', async () => {
      const closed = new EpeeError('ENGINE_CLOSED', 'the engine is closed', { stage: 'engine' });
      const extractor = createExtractor({
        model: fakeModel(),
        tokenizer: fakeTokenizer,
        run: () => Promise.reject(closed),
        nowMs: () => 0,
      });
      await assert.rejects(extractor.extract([note('One.')], { policyName: 'fast' }), closed);
    });

    it('calls no engine where no note can be read', async () => {
      const { extract, calls } = setUp();
      assert.deepEqual((await extract([note('')])).map(code), ['TEXT_EMPTY']);
      assert.deepEqual(await extract([]), []);
      assert.deepEqual(calls, []);
    });
  });

  it('leaves out what the model has no task for', async () => {
    const tags = { ...RASH };
    const full = fakeModel();
    const only = (...names: string[]) => ({ ...full, tasks: full.tasks.filter(({ name }) => names.includes(name)) });
    const text = 'PLAN\namoxicillin caused rash.\nIMPRESSION: rash';
    const counts = async (model: LoadedModel) => {
      const { sections, entities, relations } = await setUp({ model, tags }).one(text);
      return [sections.length, entities.length, relations.length];
    };
    assert.deepEqual(await counts(full), [2, 3, 1]);
    assert.deepEqual(await counts(only('sections')), [2, 0, 0]);
    assert.deepEqual(await counts(only('events')), [0, 3, 0]);
  });
});

/** Confidence and exit that the fakes give a span; every tag has probability 0.81. */
function tagged(words: number) {
  const mean = Math.exp((words * Math.log(Math.fround(0.81))) / words);
  return { confidence: mean, exitLayer: 5, exitReason: 'patience' as const };
}

function stripMarks(encoding: Encoding, text: string): Encoding {
  return {
    ...encoding,
    ends: encoding.ends.map((end, token) => (/\p{M}$/u.test(text.slice(encoding.starts[token], end)) ? end - 1 : end)),
  };
}
