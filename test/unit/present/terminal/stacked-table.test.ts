import assert from 'node:assert/strict';
import { stackedTable } from '../../../../shared/present/terminal/stacked-table.ts';

const number = (heading: string) => ({ heading, align: 'right' }) as const;
const columns = [{ heading: 'view' }, number('accuracy'), number('mean exit'), number('saved')];
const rows = [
  ['full', '91.0', '12.00', '0.0 %'],
  ['published', '70.1'],
];

describe('a table in a width', () => {
  it('is one where its columns fit beside each other, each as wide as it must be', () => {
    assert.deepEqual(stackedTable(columns, rows, 80).split('\n'), [
      'view       accuracy  mean exit  saved',
      '---------  --------  ---------  -----',
      'full           91.0      12.00  0.0 %',
      'published      70.1',
    ]);
  });

  it('goes on below with the first column again where they do not, without rows that have nothing there', () => {
    assert.deepEqual(stackedTable(columns, rows, 32).split('\n'), [
      'view       accuracy  mean exit',
      '---------  --------  ---------',
      'full           91.0      12.00',
      'published      70.1',
      '',
      'view  saved',
      '----  -----',
      'full  0.0 %',
    ]);
  });

  it('cuts texts that may be cut before it goes on below', () => {
    const named = [{ heading: 'variant', least: 10 }, number('notes')];
    assert.deepEqual(stackedTable(named, [['A = clinical-notes, fast', '300']], 20).split('\n'), [
      'variant        notes',
      '-------------  -----',
      'A = clinical…    300',
    ]);
  });
});
