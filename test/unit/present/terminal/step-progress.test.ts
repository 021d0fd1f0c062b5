import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import type { Output } from '../../../../shared/present/terminal/context.ts';
import { startSteps } from '../../../../shared/present/terminal/step-progress.ts';

function scene(isTTY: boolean) {
  let shown = '';
  let nowMs = 0;
  const out = Object.assign(
    new Writable({
      write(chunk, _, done) {
        shown += String(chunk);
        done();
      },
    }),
    { isTTY },
  ) as Output;
  const progress = startSteps(out, { what: 'bench', unit: 'rounds', monotonicMs: () => nowMs });
  return { progress, shown: () => shown, wait: (ms: number) => (nowMs += ms) };
}

describe('progress by steps', () => {
  it('says every five seconds how far it is and what time is left', () => {
    const { progress, shown, wait } = scene(false);
    wait(4999);
    progress.done(1, 10);
    assert.equal(shown(), '');
    wait(5001);
    progress.done(3, 10);
    assert.equal(shown(), 'bench: 4 of 10 rounds, 15.0 s left\n');
  });

  it('draws one line on a terminal, and clears it at the end', () => {
    const { progress, shown, wait } = scene(true);
    wait(1000);
    progress.done(5, 10);
    progress.end();
    assert.equal(shown(), '\r\x1b[2Kbench: 5 of 10 rounds, 1.00 s left\r\x1b[2K');
  });

  it('never shows negative time', () => {
    const { progress, shown, wait } = scene(false);
    wait(6000);
    progress.done(12, 10);
    assert.match(shown(), /0\.00 s left/);
  });
});
