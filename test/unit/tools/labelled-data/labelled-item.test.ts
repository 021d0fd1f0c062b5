import assert from 'node:assert/strict';
import { kindOf, readItem } from '../../../../tools/labelled-data/labelled-item.ts';

const span = (text: string, start: number) => ({ text, start, end: start + [...text].length });
const sentence = {
  id: 's1',
  text: 'Rash 😀 after zorvex.',
  events: [
    {
      type: 'Adverse_event',
      trigger: span('after', 7),
      arguments: [
        { role: 'Effect', ...span('Rash', 0) },
        { role: 'Treatment.Drug', ...span('zorvex', 13) },
      ],
    },
  ],
};

describe('labelled data', () => {
  it('tells kinds apart by their fields', () => {
    assert.equal(kindOf(sentence), 'event');
    assert.equal(kindOf({ id: '1', text: 'a', head: {}, tail: {}, label: 'x' }), 'relation');
    assert.equal(kindOf({ id: '1', text: 'a', label: 'plan' }), 'classification');
    assert.equal(kindOf({ id: '1', text: 'a', label: null }), 'note');
    assert.equal(kindOf({ id: '1', text: 'a' }), 'note');
    assert.equal(kindOf({ id: '1', image: 'a.png', label: 'x' }), 'image');
    assert.equal(kindOf({ id: '1', text: 'a', image: 'of the text', label: 'x' }), 'classification');
  });

  it('reads offsets as code points', () => {
    const { item } = readItem('event', sentence);
    assert.equal(item?.events[0]?.arguments[1]?.start, 13);
  });

  it('takes paths of images below the folder of the file alone', () => {
    const reading = (image: unknown) => readItem('image', { id: '1', image, label: 'x' });
    for (const image of ['a.png', './a.png', 'sub/a.jpg', 'sub/../a.png', '..a.png']) assert.equal(reading(image).item?.image, image);
    for (const image of ['', '.', '..', '../a.png', 'sub/../../a.png', '/a.png', 'a\0.png'])
      assert.match(reading(image).problem ?? '', /^\$\.image must be a path of a PNG or JPEG below the folder of the file$/, image);
    assert.match(reading(7).problem ?? '', /^\$\.image must be string/);
    assert.equal(readItem('image', { id: '1', image: 'a.png' }).problem, '$.label is missing');
    assert.equal(readItem('image', { id: '1', text: 'a', label: 'x' }).problem, '$.image is missing');
  });

  it('takes numbers as ids', () => assert.equal(readItem('note', { id: 7, text: 'a' }).item?.id, '7'));

  const wrong: readonly (readonly [string, object, RegExp])[] = [
    ['a missing field', { id: 's1', events: [] }, /^\$\.text is missing$/],
    ['a field of the wrong type', { ...sentence, events: 'none' }, /^\$\.events must be array/],
    [
      'an offset that is no whole number',
      { ...sentence, events: [{ ...sentence.events[0], trigger: { text: 'a', start: 0.5, end: 1 } }] },
      /^\$\.events\[0\]\.trigger\.start must be a whole number/,
    ],
    [
      'an empty span',
      { ...sentence, events: [{ ...sentence.events[0], trigger: { text: '', start: 3, end: 3 } }] },
      /^\$\.events\[0\]\.trigger runs from 3 to 3/,
    ],
    [
      'a span beyond the text',
      { ...sentence, events: [{ ...sentence.events[0], arguments: [{ role: 'Effect', ...span('zorvex', 15) }] }] },
      /^\$\.events\[0\]\.arguments\[0\] runs from 15 to 21, which is no part of a text of 20 code points$/,
    ],
    [
      'a span of another text',
      { ...sentence, events: [{ ...sentence.events[0], arguments: [{ role: 'Effect', text: 'secret', start: 0, end: 6 }] }] },
      /^\$\.events\[0\]\.arguments\[0\] says another text than that at its offsets$/,
    ],
  ];
  for (const [name, fields, problem] of wrong) {
    it(`names the field of ${name}, and quotes no text`, () => {
      const reading = readItem('event', fields as Record<string, unknown>);
      assert.match(reading.problem ?? '', problem);
      assert.doesNotMatch(reading.problem ?? '', /secret|zorvex/);
    });
  }

  it('looks at the spans of a pair', () => {
    const pair = { id: '1', text: 'abc', label: 'x', head: span('a', 0), tail: span('z', 2) };
    assert.match(readItem('relation', pair).problem ?? '', /^\$\.tail says another text/);
  });
});
