import assert from 'node:assert/strict';
import type { LabelledFile } from '../../../../tools/labelled-data/labelled-file.ts';
import { documentHint, documentPatternOf } from '../../../../tools/labelled-data/read-data.ts';

const file = (ids: readonly string[], document?: string): LabelledFile => ({
  kind: 'note',
  items: ids.map((id, index) => ({
    where: `f:${index}`,
    document: id,
    item: { id, text: `text ${index}`, ...(document === undefined ? {} : { document }) },
  })),
});
const parts = ['17_1', '17_2', '18_1', '18_4', '19_1'];

describe('documents of labelled data', () => {
  it('are asked for where ids look like parts of documents', () => {
    assert.match(documentHint(file(parts), { documentPattern: null }) ?? '', /--document-pattern/);
  });

  it('are asked for by the paths of images, too', () => {
    const items = parts.map((id) => ({ where: 'f:1', document: id, item: { id, image: `${id}.png`, label: 'x' } }));
    assert.match(documentHint({ kind: 'image', items }, { documentPattern: null }) ?? '', /every image is taken/);
    const one = items.map(({ item, ...place }) => ({ ...place, item: { ...item, image: 'same.png' } }));
    assert.equal(documentHint({ kind: 'image', items: one }, { documentPattern: null }), null);
  });

  it('are not asked for where they are named, or where ids do not look so', () => {
    assert.equal(documentHint(file(parts), { documentPattern: /^(\d+)_/ }), null);
    assert.equal(documentHint(file(parts, 'd'), { documentPattern: null }), null);
    assert.equal(documentHint(file(['a', 'b', 'c']), { documentPattern: null }), null);
    assert.equal(documentHint(file(['set-1', 'set-2', 'set-3']), { documentPattern: null }), null, 'one name for all is a name of the set');
  });

  it('are found by a regular expression, or it is refused', () => {
    assert.equal(documentPatternOf(undefined), null);
    assert.equal(documentPatternOf('^(\\d+)_')?.exec('17_2')?.[1], '17');
    assert.throws(() => documentPatternOf('('), { code: 'USAGE_INVALID' });
  });
});
