import assert from 'node:assert/strict';
import type { Outcome } from '@epee/model';
import { addRowUse, type RowUse, readExit, rowUseFromText, rowUseToText } from '../../../../../tools/replay/run/row-use.ts';

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
