import assert from 'node:assert/strict';
import { notesPage } from '@epee/html';
import { resultToJson } from '@epee/records';
import { noteText } from '@epee/terminal';
import fc from 'fast-check';
import { markedResult } from '../../support/marked-note.ts';
import { SHOWN_TEXT, shownJson } from '../../support/shown-note.ts';

const hostile = fc
  .array(
    fc.constantFrom('<script>', '</span>', '"', "'", '&', 'onload=', '\u001b[2J', '\u202e', '😀', 'x', ' ', '\n', '`', '-->', '\u0000'),
    { minLength: 1, maxLength: 12 },
  )
  .map((parts) => parts.join(''));

/** Characters that would steer a screen. */
const STEERING = /[^\P{C}\n\t]/u;

describe('a note shown with its facts', () => {
  it('stands in brackets with words where there are no colours', () => {
    const shown = noteText(SHOWN_TEXT, shownJson(), { colour: false });
    assert.match(shown, /She denies \[absent: fever\], \[absent: chest pain\]/);
    assert.match(shown, /Her mother had \[family: breast cancer\]/);
    assert.match(
      shown,
      /medication lisinopril \| dose 20 mg \| route by mouth \| frequency once daily \| for hypertension \| RxNorm 29046/,
    );
    assert.ok(!shown.includes('\x1b'));
  });

  it('is coloured by label, struck through where absent, dim where past, doubted where possible', () => {
    const shown = noteText(SHOWN_TEXT, shownJson(), { colour: true });
    assert.ok(shown.includes('\x1b[31;9mfever\x1b[0m'));
    assert.ok(shown.includes('\x1b[31;2mStroke\x1b[0m'));
    assert.ok(shown.includes('early pneumonia\x1b[0m?'));
    assert.ok(shown.includes('breast cancer\x1b[0m (family)'));
  });

  it('is a page with a focusable span, its confidence and its exit layer, and links between facts', () => {
    const page = notesPage([{ text: SHOWN_TEXT, result: shownJson() }]);
    assert.match(page, /<span class="f problem absent" id="n1-e11" tabindex="0">fever/);
    assert.match(page, /<span>confidence<\/span><span>97 %<\/span><span>exit layer<\/span><span>4 \(entropy\)/);
    assert.match(page, /dose <a href="#n1-e6">20 mg<\/a>/);
    assert.ok(!page.includes('<nav'), 'one note needs no index');
    assert.match(notesPage([1, 2].map(() => ({ text: SHOWN_TEXT, result: shownJson() }))), /<nav aria-label="Notes">.*href="#n2"/s);
  });

  it('loads nothing and runs nothing, whatever the note says', () => {
    fc.assert(
      fc.property(hostile, hostile, hostile, (before, found, code) => {
        const text = `${before}X${found}Y`;
        const codes = [{ system: code, code, display: code, match: 'exact' }] as const;
        const marked = markedResult(text, [{ label: 'problem', text: `X${found}`, certainty: 'possible', codes }], { documentId: code });
        const page = notesPage([{ text, result: resultToJson(marked) }]);
        const tags = page.slice(page.indexOf('<main>')).match(/<\/?[a-z][^>]*>/g)!;
        for (const tag of tags)
          assert.match(
            tag,
            /^<\/?(main|h1|h2|h3|p|span|sup|article|div|aside|ul|li|a|i|b|small|section|body|html)( (class|id|href|title|tabindex|role|lang|aria-label)="[^"<>]*")*>$/,
          );
        assert.ok(!STEERING.test(page.slice(page.indexOf('<main>'))));
        assert.match(page, /default-src 'none'/);
        assert.ok(!STEERING.test(noteText(text, resultToJson(marked), { colour: false })));
      }),
    );
  });
});
