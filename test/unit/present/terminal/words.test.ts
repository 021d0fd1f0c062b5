import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { resultToJson } from '@epee/records';
import { count, counted, duration, exactPercent, percent, short } from '../../../../shared/present/terminal/numbers.ts';
import { widthOf } from '../../../../shared/present/terminal/output.ts';
import { prettyResult } from '../../../../shared/present/terminal/pretty-result.ts';
import { addCompute, layersSaved, meanExitLayer, NO_COMPUTE, summarise } from '../../../../shared/present/terminal/result-summary.ts';
import { styleFor } from '../../../../shared/present/terminal/style.ts';
import { fitColumns, tableHead, tableRow, tableText } from '../../../../shared/present/terminal/table.ts';
import { Recorder, sampleResult } from '../../services/cli/support.ts';

describe('numbers in words', () => {
  it('sets thousands apart', () => assert.deepEqual([0, 999, 1000, 1_234_567].map(count), ['0', '999', '1,000', '1,234,567']));

  it('counts with a noun', () =>
    assert.deepEqual(
      [0, 1, 2000].map((value) => counted(value, 'note')),
      ['0 notes', '1 note', '2,000 notes'],
    ));

  it('keeps few digits', () => assert.deepEqual([0.123, 9.876, 12.34, 1234.5].map(short), ['0.12', '9.88', '12.3', '1,235']));

  it('tells times in seconds, then in minutes', () =>
    assert.deepEqual([0.42, 59.94, 61, 600].map(duration), ['0.42 s', '59.9 s', '1 min 01 s', '10 min 00 s']));

  it('tells shares', () => assert.equal(percent(0.6123), '61.2 %'));

  it('rounds no share away that somebody chose', () =>
    assert.deepEqual([0.05, 0.0004, 0.999999, 0.125].map(exactPercent), ['5.0 %', '0.04 %', '99.9999 %', '12.5 %']));
});

describe('a result in words', () => {
  const result = resultToJson(sampleResult());

  it('gives events and relations the words of the note, on one line', () => {
    const { events, relations } = summarise(result);
    assert.deepEqual(events, [{ type: 'Adverse_event', trigger: 'after', drugs: ['amoxi cillin'], effects: ['Rash'] }]);
    assert.deepEqual(relations, [{ head: 'amoxi cillin', label: 'adverse_effect', tail: 'Rash' }]);
  });

  it('lets no control character of a note through to the terminal', () => {
    const nasty = sampleResult({ entities: sampleResult().entities.map((entity) => ({ ...entity, text: 'a\u001b[2Jb' })) });
    assert.equal(prettyResult(resultToJson(nasty)).includes('\u001b'), false);
  });

  it('is shown in a few lines', () => {
    assert.equal(
      prettyResult(result),
      [
        'note-1',
        '  1 section, 2 entities; 4 rows, mean exit layer 3.0, 7.3 ms',
        '  adverse event: amoxi cillin -> Rash',
        '  amoxi cillin --adverse_effect--> Rash',
      ].join('\n'),
    );
  });

  it('is the reason alone where the document was taken back', () => {
    const retracted = resultToJson(sampleResult({ retraction: { reason: 'entered-in-error\u001b[2J' } }));
    assert.equal(prettyResult(retracted), 'note-1\n  retracted: entered-in-error [2J');
  });

  it('says so where nothing was found', () => {
    const empty = resultToJson(sampleResult({ entities: [], events: [], relations: [], compute: { ...NO_COMPUTE } }));
    assert.match(prettyResult(empty), /mean exit layer -,.*\n {2}no drug events$/);
  });

  it('adds up what results cost', () => {
    const sum = addCompute(addCompute(NO_COMPUTE, result.compute), result.compute);
    assert.deepEqual(sum, { rows: 8, layersRun: 24, layersFull: 96, computeMs: 14.5 });
    assert.equal(meanExitLayer(sum), 3);
    assert.equal(layersSaved(sum), 'layers saved 75.0 % (4.00x fewer)');
    assert.equal(meanExitLayer(NO_COMPUTE), null);
    assert.doesNotMatch(layersSaved(NO_COMPUTE), /NaN|Infinity/);
  });
});

describe('tables', () => {
  const columns = [
    { heading: 'note', width: 6 },
    { heading: 'ms', width: 4, align: 'right' },
  ] as const;

  it('line up, with a rule under the heading', () => {
    assert.equal(tableHead(columns), 'note      ms\n------  ----');
    assert.equal(tableRow(columns, ['a', '12']), 'a         12');
  });

  it('cut what is too long by characters, not by halves of them', () => {
    assert.equal(tableRow(columns, ['🦞🦞🦞🦞🦞🦞🦞', '1']), '🦞🦞🦞🦞🦞…     1');
    assert.equal(tableRow(columns, ['123456', '1']), '123456     1');
  });

  it('are as high as their highest cell and let no control character through', () => {
    assert.equal(tableRow(columns, [['a', 'b'], '1']), 'a          1\nb');
    assert.equal(tableRow(columns, ['a\u001b[2Jb', '1']).includes('\u001b'), false);
  });

  it('shrink the widest columns that may until they fit, and no further than they may', () => {
    const wide = [
      { heading: 'a', width: 30, least: 10 },
      { heading: 'b', width: 20, least: 15 },
      { heading: 'c', width: 8 },
    ];
    const widths = (width: number) => fitColumns(wide, width).map((column) => column.width);
    assert.deepEqual(widths(80), [30, 20, 8]);
    assert.deepEqual(widths(50), [19, 19, 8]);
    assert.deepEqual(widths(40), [13, 15, 8]);
    assert.deepEqual(widths(10), [10, 15, 8]);
  });

  it('are as wide as their cells need', () => {
    const text = tableText(
      [
        { heading: 'name', least: 4 },
        { heading: 'n', align: 'right' },
      ],
      [
        ['a long name', '1'],
        ['b', '20'],
      ],
      80,
    );
    assert.equal(text, 'name          n\n-----------  --\na long name   1\nb            20');
    assert.match(tableText([{ heading: 'name', least: 4 }], [['a long name']], 6), /^name\n-{6}\na lon…$/);
  });

  it('fit 80 columns where nobody knows the width', () => {
    assert.equal(widthOf(new Recorder()), 100);
    assert.equal(widthOf(new PassThrough()), 80);
  });
});

describe('colours', () => {
  for (const [where, isTTY, env, coloured] of [
    ['on a terminal', true, {}, true],
    ['elsewhere', false, {}, false],
    ['where NO_COLOR is set', true, { NO_COLOR: '1' }, false],
    ['where NO_COLOR is empty', true, { NO_COLOR: '' }, true],
  ] as const) {
    it(`are ${coloured ? '' : 'not '}used ${where}`, () =>
      assert.equal(styleFor(new Recorder({ isTTY }), env).good('x') !== 'x', coloured));
  }
});
