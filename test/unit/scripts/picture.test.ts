import assert from 'node:assert/strict';
import { drawPicture, type PictureSentence } from '../../../scripts/docs/picture.ts';

const FRAME = { title: 'Found & shown', footer: 'from a test', layers: 12 };
const sentence = (changes: Partial<PictureSentence>): PictureSentence => ({
  text: 'No rash.',
  exitLayer: 2,
  marks: [],
  findings: [],
  ...changes,
});

/** Classes of the boxes of a picture, with where they begin and how wide they are, the card and the legend left out. */
const boxes = (svg: string, className: string) =>
  [...svg.matchAll(new RegExp(`<rect class="${className}" x="([\\d.]+)" y="(\\d+)" width="([\\d.]+)" height="19"`, 'g'))].map(
    ([, x, , width]) => [Number(x), Number(width)],
  );

describe('the picture of a note', () => {
  it('fills as many cells as layers were run', () => {
    const svg = drawPicture([sentence({ exitLayer: 7 })], FRAME);
    assert.equal(svg.match(/class="run"/g)?.length, 7);
    assert.equal(svg.match(/class="saved"/g)?.length, 5);
  });

  it('lays a box under each span, counted in code points', () => {
    const svg = drawPicture([sentence({ text: '🙂 on amoxicillin', marks: [{ start: 5, end: 16, kind: 'drug' }] })], FRAME);
    assert.deepEqual(boxes(svg, 'drug'), [[65.5, 88.8]]);
  });

  it('cuts a box where its line ends', () => {
    const text = `${'word '.repeat(15)}amoxicillin clavulanate`;
    const svg = drawPicture([sentence({ text, marks: [{ start: 75, end: 98, kind: 'drug' }] })], FRAME);
    assert.equal(boxes(svg, 'drug').length, 1);
    assert.match(svg, />amoxicillin clavulanate</);
    const across = drawPicture([sentence({ text, marks: [{ start: 70, end: 86, kind: 'effect' }] })], FRAME);
    assert.equal(boxes(across, 'effect').length, 2);
  });

  it('escapes what it shows', () => {
    const svg = drawPicture([sentence({ text: 'CK < 4x & "rest"', findings: ['a --> b'] })], FRAME);
    assert.match(svg, /CK &lt; 4x &amp; &quot;rest&quot;/);
    assert.match(svg, /a --&gt; b/);
    assert.match(svg, /<title>Found &amp; shown<\/title>/);
  });
});
