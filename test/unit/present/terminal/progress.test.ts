import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { countNotes, countSteps, linesOn, progressOn, whileShown } from '../../../../shared/present/terminal/progress.ts';
import { write } from '../../../../shared/present/terminal/write.ts';
import { Recorder } from '../../services/cli/support.ts';

function scene({ isTTY = false } = {}) {
  const out = new Recorder({ isTTY });
  // cli-progress moves the cursor itself.
  if (isTTY) Object.assign(out, { cursorTo: () => true, clearLine: () => true });
  let nowMs = 0;
  const clock = () => nowMs;
  return { out, clock, startProgress: progressOn(out, clock), wait: (ms: number) => (nowMs += ms) };
}

describe('progress', () => {
  it('is a plain line every five seconds where there is no terminal, with the share and the time left', () => {
    const { out, startProgress, wait } = scene();
    const steps = countSteps(startProgress('bench'), 'rounds');
    wait(4999);
    steps(1, 10);
    assert.equal(out.text, '');
    wait(5001);
    steps(3, 10);
    assert.equal(out.text, 'bench: 40.0 %, 4 of 10 rounds, 15.0 s left\n');
  });

  it('counts notes with their rate, and guesses no time where the size of the input is not known', () => {
    const { out, clock, startProgress, wait } = scene();
    const notes = countNotes(startProgress('ingest'), 1000, clock);
    for (let at = 0; at < 10; at++) {
      wait(500);
      notes.done(25);
    }
    assert.equal(out.text, 'ingest: 25.0 %, 10 notes, 2.00 notes/s, 15.0 s left\n');
    const unknown = countNotes(startProgress('extract'), null, clock);
    wait(10_000);
    unknown.done(0);
    assert.match(out.text, /\nextract: 1 notes, 0\.10 notes\/s\n$/);
  });

  it('does not take what a former run did for the pace of this one', () => {
    const { out, startProgress, wait } = scene();
    const progress = startProgress('batch-1', 0.5);
    wait(10_000);
    progress.at(0.75, 'words');
    assert.equal(out.text, 'batch-1: 75.0 %, words, 10.0 s left\n');
  });

  it('never shows more than all, or negative time', () => {
    const { out, startProgress, wait } = scene();
    wait(6000);
    countSteps(startProgress('bench'), 'rounds')(12, 10);
    wait(6000);
    assert.doesNotMatch(out.text, /-|12\d %/);
  });

  it('is a bar with the time left on a terminal, and leaves whole lines whole', () => {
    const { out, startProgress, wait } = scene({ isTTY: true });
    const progress = startProgress('ingest');
    wait(10_000);
    progress.at(0.5, '1 note');
    progress.line('epee: n.jsonl:3: bad');
    progress.end();
    assert.match(out.text, /ingest \S{24} 50 % {2}1 note {2}10\.0 s left/);
    assert.match(out.text, /epee: n\.jsonl:3: bad\n/);
  });

  it('keeps to the width of the terminal: the bar is what gives way', () => {
    const { out, startProgress, wait } = scene({ isTTY: true });
    const progress = startProgress('import');
    wait(10_000);
    progress.at(0.5, 'x'.repeat(70));
    progress.end();
    assert.match(out.text, /import \S{2} 50 % {2}x{70} {2}10\.0 s left/);
  });
});

describe('lines alone', () => {
  it('show problems and no progress', () => {
    const out = new Recorder({ isTTY: true });
    const progress = linesOn(out)('extract');
    progress.at(0.5, 'words');
    progress.line('n.jsonl:3: bad');
    progress.end();
    assert.equal(out.text, 'n.jsonl:3: bad\n');
  });
});

describe('whileShown', () => {
  it('says what begins and how it ended, and hands on the answer', async () => {
    const out = new Recorder();
    const answer = await whileShown(out, 'Starting', async ({ line }) => {
      line('half way');
      return 5;
    });
    assert.equal(answer, 5);
    assert.match(out.text, /^Starting \.\.\.\nhalf way\nStarting: done, [\d.]+ s\n$/);
  });

  it('says where there is no terminal that it still runs, every five seconds', () => {
    const { out, startProgress, wait } = scene();
    const progress = startProgress('Starting');
    progress.at(null);
    wait(4000);
    progress.at(null);
    wait(2000);
    progress.at(null);
    assert.equal(out.text, 'Starting ...\nStarting ... 6 s\n');
  });

  it('takes whoever shows progress, too', async () => {
    const out = new Recorder();
    await whileShown(linesOn(out), 'Starting', async () => undefined);
    assert.match(out.text, /^Starting: done, [\d.]+ s\n$/);
  });

  it('says that it failed, and hands on the error', async () => {
    const out = new Recorder();
    await assert.rejects(
      whileShown(out, 'Starting', async () => {
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
