import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { watchSignals } from '../../../../services/cli/signals.ts';

function fakeProcess() {
  const exits: number[] = [];
  const target = Object.assign(new EventEmitter(), { exit: (code: number) => void exits.push(code) });
  return { target, exits, send: (signal: NodeJS.Signals) => target.emit(signal, signal) };
}

describe('watchSignals', () => {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    it(`asks for an end on ${signal}, and ends at once on a later one`, () => {
      const { target, exits, send } = fakeProcess();
      let nowMs = 0;
      const watch = watchSignals(target, () => nowMs);
      send(signal);
      assert.equal(watch.signal.reason, signal);
      nowMs = 900;
      send(signal);
      assert.deepEqual(exits, [], 'a signal that comes with the first is the same');
      nowMs = 1100;
      send(signal);
      assert.deepEqual(exits, [code]);
    });
  }

  it('gives the signals back', () => {
    const { target } = fakeProcess();
    watchSignals(target, () => 0).stop();
    assert.deepEqual(
      ['SIGINT', 'SIGTERM', 'SIGHUP'].map((name) => target.listenerCount(name)),
      [0, 0, 0],
    );
  });
});
