import assert from 'node:assert/strict';
import type { TaggingOutcome } from '@epee/model';
import { decodeSpans } from '../../../../shared/pure/text/read/tags.ts';
import { cutWindows, wordsOf } from '../../../../shared/pure/text/rows/windows.ts';
import { encode, GROUPS, taggingOutcome } from './fakes.ts';

const MAIN = GROUPS[1]!;

/** Decodes one tag a word, all in the group `main`, in one window. */
function decode(tags: readonly string[], confidences?: readonly number[]) {
  const words = wordsOf(encode(tags.map(() => 'w').join(' ')));
  const row = { id: '0', task: 'events', tokenIds: new Int32Array(tags.length + 2) };
  const outcome = taggingOutcome(row, (group, token) => (group === 1 ? Math.max(0, MAIN.labels.indexOf(tags[token - 1] ?? 'O')) : 0));
  if (confidences !== undefined) outcome.confidences[1]!.set(confidences, 1);
  const spans = decodeSpans({ words, windows: cutWindows(words, tags.length), outcomes: [outcome], contextTokens: 0 }, GROUPS);
  return spans.filter(({ group }) => group === 'main');
}

const outline = (tags: readonly string[]) => decode(tags).map(({ label, firstWord, endWord }) => `${label} ${firstWord}-${endWord}`);

describe('decodeSpans', () => {
  for (const [name, tags, expected] of [
    ['a span goes on with I-', ['O', 'B-Effect', 'I-Effect', 'O'], ['Effect 1-3']],
    ['B- begins a span beside another', ['B-Effect', 'B-Effect', 'I-Effect'], ['Effect 0-1', 'Effect 1-3']],
    ['I- without B- begins one', ['O', 'I-Effect', 'I-Effect'], ['Effect 1-3']],
    ['another label begins one', ['B-Effect', 'I-Subject', 'I-Subject'], ['Effect 0-1', 'Subject 1-3']],
    ['I- after O begins one', ['B-Effect', 'O', 'I-Effect'], ['Effect 0-1', 'Effect 2-3']],
    ['nothing but O', ['O', 'O'], []],
  ] as const) {
    it(name, () => assert.deepEqual(outline(tags), expected));
  }

  it('gives the geometric mean of the probabilities, and the exit of the row', () => {
    const [span] = decode(['B-Effect', 'I-Effect', 'O'], [0.9, 0.4, 0.1]);
    assert.ok(Math.abs(span!.confidence - 0.6) < 1e-6);
    assert.deepEqual([span!.exitLayer, span!.exitReason], [5, 'patience']);
  });

  it('decodes groups apart, so that their spans may overlap', () => {
    const words = wordsOf(encode('oral aspirin'));
    const outcome = taggingOutcome({ id: '0', task: 'events', tokenIds: new Int32Array(5) }, (group, token) =>
      token === 0 ? 0 : Number(group === 2 || (group === 0 && token === 1)),
    );
    const spans = decodeSpans({ words, windows: [{ firstWord: 0, endWord: 2 }], outcomes: [outcome], contextTokens: 0 }, GROUPS);
    assert.deepEqual(
      spans.map(({ group, label, firstWord, endWord }) => [group, label, firstWord, endWord]),
      [
        ['trigger', 'Adverse_event', 0, 1],
        ['sub', 'Treatment.Drug', 0, 1],
        ['sub', 'Treatment.Drug', 1, 2],
      ],
    );
  });

  it('takes each word from the window in whose middle it stands, and joins a span over the seam', () => {
    const words = wordsOf(encode('a b c d e f g h i j k l'));
    const windows = cutWindows(words, 8);
    const [subject, effect] = [MAIN.labels.indexOf('I-Subject'), MAIN.labels.indexOf('I-Effect')];
    // Words 6 and 7 stand in both windows. Each window is wrong at its own cut: the first about word 7, the second about word 6.
    const outcomes: TaggingOutcome[] = [
      taggingOutcome({ id: '0', task: 'events', tokenIds: new Int32Array(10) }, (group, token) =>
        group !== 1 ? 0 : token === 8 ? subject : token >= 6 ? effect : 0,
      ),
      taggingOutcome({ id: '1', task: 'events', tokenIds: new Int32Array(8) }, (group, token) =>
        group !== 1 ? 0 : token === 1 ? subject : token <= 3 ? effect : 0,
      ),
    ];
    const spans = decodeSpans({ words, windows, outcomes, contextTokens: 0 }, GROUPS);
    assert.deepEqual(
      spans.map(({ label, firstWord, endWord }) => [label, firstWord, endWord]),
      [['Effect', 5, 9]],
    );
  });
});
