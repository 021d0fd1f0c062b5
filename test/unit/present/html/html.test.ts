import assert from 'node:assert/strict';
import fc from 'fast-check';
import { barChart, escapeHtml, figures, intervalChart, lineChart, page, raw, table } from '../../../../shared/present/html/index.ts';
import { linearScale } from '../../../../shared/present/html/scale.ts';

const EVIL = `<script>alert("x")</script>'&`;

describe('HTML pages', () => {
  it('escapes what is not HTML, everywhere', () => {
    const chart = { title: EVIL, xLabel: EVIL, yLabel: EVIL, caption: EVIL };
    const html = page({
      title: EVIL,
      about: EVIL,
      facts: [[EVIL, EVIL]],
      headlines: [{ value: EVIL, meaning: EVIL }],
      sections: [
        {
          title: EVIL,
          about: EVIL,
          content: [
            EVIL,
            table([{ heading: EVIL }], [[EVIL]]),
            figures([
              lineChart({ ...chart, series: [{ name: EVIL, points: [{ x: 1, y: 1 }] }], marks: [{ x: 1, y: 1, label: EVIL }] }),
              barChart({ ...chart, categories: [EVIL], series: [{ name: EVIL, bars: [{ value: 1 }] }] }),
              intervalChart({ ...chart, rows: [{ label: EVIL, value: 1, low: 0, high: 1 }] }),
            ]),
          ],
        },
      ],
    });
    assert.ok(!html.includes('<script'), 'a tag got through');
    assert.ok(!html.includes('"x"'), 'a quote got through');
    assert.ok(html.includes(escapeHtml(EVIL)));
  });

  it('fetches nothing and runs nothing', () => {
    const html = page({ title: 't', about: 'a', sections: [] });
    assert.doesNotMatch(html, /https?:|src=|href=|@import|url\(/);
    assert.match(html, /default-src 'none'/);
  });

  it('keeps HTML that was put together from safe parts', () =>
    assert.ok(page({ title: 't', about: raw('<b>bold</b>'), sections: [] }).includes('<b>bold</b>')));

  it('sets numbers to the right', () =>
    assert.match(
      table([{ heading: 'name' }, { heading: 'n', align: 'right' }], [['a', '1']]).html,
      /<td>a<\/td><td class="right">1<\/td>/,
    ));
});

describe('charts', () => {
  const numbers = (html: string) => [...html.matchAll(/(?:c?[xy][12]?|width|height)="(-?[\d.]+)"/g)].map(([, value]) => Number(value));

  it('draws a line with its band, its marks and the names of its series', () => {
    const points = [1, 2, 3].map((x) => ({ x, y: x / 4, low: x / 5, high: x / 3 }));
    const { html } = lineChart({
      title: 'F1',
      series: [
        { name: 'one', points },
        { name: 'two', points: points.map(({ x }) => ({ x, y: 0.5 })) },
      ],
      marks: [{ x: 2, y: 0.5, label: 'fast', series: 1 }],
    });
    assert.equal(html.match(/class="curve"/g)?.length, 2);
    assert.equal(html.match(/class="band"/g)?.length, 1);
    assert.ok(html.includes('>fast</text>') && html.includes('>one</span>') && html.includes('>two</span>'));
  });

  it('leaves a gap where a value is missing', () => {
    const points = [1, 2, Number.NaN, 4, 5].map((y, x) => ({ x, y }));
    const { html } = lineChart({ title: 't', series: [{ name: 'a', points }] });
    assert.equal(html.match(/class="curve"/g)?.length, 2);
    assert.ok(!html.includes('NaN'));
  });

  it('makes bars as high as their values', () => {
    const { html } = barChart({
      title: 't',
      categories: ['a', 'b'],
      series: [{ name: 's', bars: [{ value: 10, low: 8, high: 12 }, { value: 5 }] }],
      yMax: 20,
    });
    const [one, two] = [...html.matchAll(/<rect[^>]* height="([\d.]+)"/g)].map(([, height]) => Number(height));
    assert.ok(Math.abs(one! - 2 * two!) < 0.02, `${one} is not twice ${two}`);
    assert.equal(html.match(/class="whisker"/g)?.length, 1);
  });

  it('copes with empty data and with a single value', () => {
    for (const { html } of [
      lineChart({ title: 't', series: [] }),
      lineChart({ title: 't', series: [{ name: 'a', points: [{ x: 3, y: 0 }] }] }),
      barChart({ title: 't', categories: [], series: [] }),
      barChart({ title: 't', categories: ['a'], series: [{ name: 's', bars: [{ value: 0 }] }] }),
      intervalChart({ title: 't', rows: [{ label: 'a', value: Number.NaN, low: Number.NaN, high: Number.NaN }] }),
    ])
      assert.doesNotMatch(html, /NaN|Infinity|undefined/);
  });

  it('draws only finite coordinates within the drawing', () =>
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), fc.double({ noNaN: true, min: -1e9, max: 1e9 }))),
        (pairs) => {
          const { html } = lineChart({ title: 't', series: [{ name: 'a', points: pairs.map(([x, y]) => ({ x, y })) }], height: 280 });
          for (const value of numbers(html)) assert.ok(value >= -1 && value <= 521, `coordinate ${value}`);
        },
      ),
    ));
});

describe('an axis', () => {
  const axis = { from: 0, to: 100 };

  it('has round ticks', () => {
    assert.deepEqual(linearScale({ values: [0, 1], ...axis }).ticks, [0, 0.2, 0.4, 0.6, 0.8, 1]);
    assert.deepEqual(linearScale({ values: [3, 47], ...axis }).ticks, [0, 10, 20, 30, 40, 50]);
    assert.deepEqual(linearScale({ values: [61, 68], min: 60, max: 70, ...axis }).ticks, [60, 62, 64, 66, 68, 70]);
  });

  it('shows values that are almost equal', () => {
    for (const values of [
      [5e-324, 0],
      [1e6, 1e6 + 1e-7],
      [1e20, 1e20],
      [-3, -3],
    ]) {
      const { place, ticks } = linearScale({ values, ...axis });
      assert.ok(ticks.length >= 2 && values.every((value) => place(value) >= 0 && place(value) <= 100), String(values));
    }
  });

  it('shows every value, with its ends at the ends', () =>
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: 1 }), (values) => {
        const { low, high, place } = linearScale({ values, ...axis });
        for (const value of values) assert.ok(place(value) >= -1e-6 && place(value) <= 100 + 1e-6);
        assert.equal(place(low), 0);
        assert.equal(place(high), 100);
      }),
    ));
});
