import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { createGate } from '@epee/stream';

/** Works that are ended by hand, in the order in which they were let in. */
function works(limit: number, patientLimit?: number) {
  const gate = createGate(limit, patientLimit);
  const entered: string[] = [];
  const ends = new Map<string, () => void>();
  const begin = (name: string, patient = false) =>
    gate.run(() => {
      entered.push(name);
      return new Promise<void>((resolve) => ends.set(name, resolve));
    }, patient);
  const end = async (name: string) => {
    ends.get(name)!();
    await turn();
  };
  return { gate, entered, begin, end };
}

describe('gate', () => {
  it('lets works in up to its limit, then in the order in which they came', async () => {
    const { gate, entered, begin, end } = works(2);
    for (const name of ['a', 'b', 'c', 'd']) void begin(name);
    await turn();
    assert.deepEqual([entered.join(''), gate.running()], ['ab', 2]);
    await end('b');
    await end('a');
    assert.deepEqual([entered.join(''), gate.running()], ['abcd', 2]);
  });

  it('frees the place of a work that fails', async () => {
    const gate = createGate(1);
    await assert.rejects(gate.run(() => Promise.reject(new Error('x'))));
    assert.equal(await gate.run(async () => 7), 7);
  });

  it('lets impatient works pass patient ones that wait', async () => {
    const { entered, begin, end } = works(1);
    void begin('a');
    void begin('patient', true);
    void begin('b');
    void begin('c');
    await turn();
    for (const name of ['a', 'b', 'c']) await end(name);
    assert.deepEqual(entered, ['a', 'b', 'c', 'patient']);
  });

  it('keeps places free of patient works', async () => {
    const { entered, begin, end } = works(3, 1);
    void begin('p1', true);
    void begin('p2', true);
    void begin('a');
    void begin('b');
    await turn();
    assert.deepEqual(entered, ['p1', 'a', 'b']);
    await end('a');
    assert.deepEqual(entered, ['p1', 'a', 'b'], 'a free place is not for the second patient one');
    await end('p1');
    assert.deepEqual(entered, ['p1', 'a', 'b', 'p2']);
  });

  it('lets a patient work in where only patient ones of no room wait before it', async () => {
    const { entered, begin } = works(2, 1);
    void begin('p1', true);
    void begin('p2', true);
    void begin('a');
    await turn();
    assert.deepEqual(entered, ['p1', 'a']);
  });
});
