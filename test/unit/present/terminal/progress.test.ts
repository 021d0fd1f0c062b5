import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { startProgress } from '../../../../shared/present/terminal/progress.ts';
import { whileTicking } from '../../../../shared/present/terminal/ticker.ts';
import { write } from '../../../../shared/present/terminal/write.ts';
import { Recorder } from '../../services/cli/support.ts';

describe('progress', () => {
  it('is a plain line every five seconds where there is no terminal, with rate and time left', () => {
    const out = new Recorder();
    let nowMs = 0;
    const progress = startProgress(out, { what: 'ingest', totalBytes: 1000, monotonicMs: () => nowMs });
    for (let at = 0; at < 20; at++) {
      nowMs += 500;
      progress.done(25);
    }
    progress.end();
    assert.equal(out.text, 'ingest: 10 notes, 2.00 notes/s, 15.0 s left\ningest: 20 notes, 2.00 notes/s, 10.0 s left\n');
  });

  it('guesses no time where the size of the input is not known', () => {
    const out = new Recorder();
    let nowMs = 0;
    const progress = startProgress(out, { what: 'extract', totalBytes: null, monotonicMs: () => nowMs });
    nowMs = 10_000;
    progress.done(0);
    assert.equal(out.text, 'extract: 1 notes, 0.10 notes/s\n');
  });

  it('is a bar with rate and time left on a terminal, and leaves whole lines whole', () => {
    const out = new Recorder({ isTTY: true });
    // cli-progress moves the cursor itself.
    Object.assign(out, { cursorTo: () => true, clearLine: () => true });
    let nowMs = 0;
    const progress = startProgress(out, { what: 'ingest', totalBytes: 100, monotonicMs: () => nowMs });
    nowMs = 10_000;
    progress.done(50);
    progress.line('epee: n.jsonl:3: bad');
    progress.end();
    assert.match(out.text, /ingest .+ 50 % {2}1 notes {2}0\.10 notes\/s {2}10\.0 s left/);
    assert.match(out.text, /epee: n\.jsonl:3: bad\n/);
  });
});

describe('whileTicking', () => {
  it('says what begins and how it ended, and hands on the answer', async () => {
    const out = new Recorder();
    const answer = await whileTicking(out, 'Starting', async ({ line }) => {
      line('half way');
      return 5;
    });
    assert.equal(answer, 5);
    assert.match(out.text, /^Starting \.\.\.\nhalf way\nStarting: done, [\d.]+ s\n$/);
  });

  it('says that it failed, and hands on the error', async () => {
    const out = new Recorder();
    await assert.rejects(
      whileTicking(out, 'Starting', async () => {
        throw new Error('no');
      }),
      /no/,
    );
    assert.match(out.text, /Starting: failed, /);
  });
});

describe('write', () => {
  it('waits while the reader is slower', async () => {
    const pipe = new PassThrough({ highWaterMark: 4 });
    let written = false;
    const writing = write(pipe, 'abcdefgh').then(() => {
      written = true;
    });
    await new Promise(setImmediate);
    assert.equal(written, false);
    pipe.resume();
    await once(pipe, 'data');
    await writing;
  });

  it('does not wait for a reader that has gone', async () => {
    const pipe = new PassThrough();
    pipe.destroy();
    await write(pipe, 'a');
  });
});
