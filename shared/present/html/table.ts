import { type Content, escapeHtml, type Html, htmlOf, raw } from './html.ts';

/** A column of an HTML table. */
export interface HtmlColumn {
  readonly heading: string;
  readonly align?: 'left' | 'right';
}

/** Makes a table; a row has one cell per column. A wide table scrolls. */
export function table(columns: readonly HtmlColumn[], rows: readonly (readonly Content[])[]): Html {
  const side = (at: number) => (columns[at]?.align === 'right' ? ' class="right"' : '');
  const head = columns.map(({ heading }, at) => `<th scope="col"${side(at)}>${escapeHtml(heading)}</th>`).join('');
  const body = rows.map((cells) => `<tr>${cells.map((cell, at) => `<td${side(at)}>${htmlOf(cell)}</td>`).join('')}</tr>`).join('\n');
  return raw(`<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table></div>`);
}
