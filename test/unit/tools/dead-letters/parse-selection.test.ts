import assert from 'node:assert/strict';
import { parseId } from '../../../../tools/dead-letters/letter.ts';
import { parseSelection, type SelectionFlags } from '../../../../tools/dead-letters/parse-selection.ts';
import { isSelected } from '../../../../tools/dead-letters/selection.ts';
import { letterWith } from '../../tools/dead-letters/letters.ts';

const NOW = Date.parse('2026-03-02T00:00:00Z');

describe('selecting dead letters', () => {
  const letter = letterWith({ code: 'AVRO_INVALID', stage: 'decode', writtenMs: NOW - 3_600_000 });
  const selects = (flags: SelectionFlags, ids: string[] = []) => isSelected(parseSelection(ids.map(parseId), flags, NOW), letter);

  it('meets all filters', () => {
    const cases: [SelectionFlags, boolean][] = [
      [{}, true],
      [{ code: ['AVRO_INVALID'] }, true],
      [{ code: ['TEXT_EMPTY'] }, false],
      [{ code: ['TEXT_EMPTY', 'AVRO_INVALID'], stage: ['decode'] }, true],
      [{ stage: ['engine'] }, false],
      [{ origin: 'notes' }, true],
      [{ origin: 'other' }, false],
      [{ origin: 'notes:2' }, true],
      [{ origin: 'notes:1' }, false],
      [{ origin: 'notes:2:40' }, true],
      [{ origin: 'notes:2:41-50' }, false],
      [{ origin: 'notes:2:30-40' }, true],
      [{ since: '2h' }, true],
      [{ since: '30m' }, false],
      [{ since: '60m', until: '2026-03-02T00:00Z' }, true],
      [{ until: '60m' }, false],
    ];
    for (const [flags, expected] of cases) assert.equal(selects(flags), expected, JSON.stringify(flags));
    assert.equal(selects({}, ['0:1']), true);
    assert.equal(selects({}, ['0:2', '1:1']), false);
  });

  it('refuses what it cannot read, and says what it takes', () => {
    const cases: [SelectionFlags, string[], RegExp][] = [
      [{ code: ['NO_SUCH'] }, [], /--code "NO_SUCH" is no error code/],
      [{ stage: ['nowhere'] }, [], /--stage "nowhere" is no stage; there are config/],
      [{ origin: 'a b' }, [], /--origin must be TOPIC/],
      [{ origin: 'notes:1:9-3' }, [], /9 is after 3/],
      [{ since: 'yesterday' }, [], /--since must be a time such as/],
      [{ since: '1h', until: '2h' }, [], /--since 1h is not before --until 2h/],
      [{ stage: ['engine'] }, ['0:1'], /Name dead letters, or filter them/],
    ];
    for (const [flags, ids, message] of cases)
      assert.throws(() => parseSelection(ids.map(parseId), flags, NOW), { code: 'USAGE_INVALID', message });
  });
});
