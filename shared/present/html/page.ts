import { type Content, escapeHtml, type Html, htmlOf, raw } from './html.ts';
import { STYLE } from './theme.ts';

/** A part of a page: one card with a heading. */
export interface PageSection {
  readonly title: string;
  /** A sentence or two under the heading. */
  readonly about?: Content;
  readonly content: readonly Content[];
}

/** A page for people. */
export interface PageOptions {
  readonly title: string;
  /** What the page shows, in a sentence or two. */
  readonly about: Content;
  /** Names and values at the top: what was measured, when, and on which machine. */
  readonly facts?: readonly (readonly [name: string, value: Content])[];
  /** The most important numbers, in large type. */
  readonly headlines?: readonly Headline[];
  readonly sections: readonly PageSection[];
}

/** An important number, with its meaning. */
export interface Headline {
  readonly value: string;
  readonly meaning: string;
}

/** Makes one self-contained HTML document without scripts, for light and dark mode. */
export function page({ title, about, facts = [], headlines = [], sections }: PageOptions): string {
  const parts = [
    `<h1>${escapeHtml(title)}</h1>`,
    `<p class="about">${htmlOf(about)}</p>`,
    ...(facts.length === 0 ? [] : [definitions(facts).html]),
    ...(headlines.length === 0 ? [] : [`<div class="cards">${headlines.map(headlineCard).join('')}</div>`]),
    ...sections.map(sectionHtml),
  ];
  return htmlDocument({ title, style: STYLE, main: parts.join('\n') });
}

/** One self-contained document: nothing is loaded, nothing runs. @param main HTML, made of escaped parts */
export function htmlDocument({ title, style, main }: { readonly title: string; readonly style: string; readonly main: string }): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>
${style}
</style>
</head>
<body>
<main>
${main}
</main>
</body>
</html>
`;
}

/** A list of names and values. */
export function definitions(facts: readonly (readonly [name: string, value: Content])[]): Html {
  return raw(`<dl>${facts.map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${htmlOf(value)}</dd>`).join('')}</dl>`);
}

/** A paragraph. */
export const paragraph = (content: Content): Html => raw(`<p>${htmlOf(content)}</p>`);

/** Figures side by side where the page is wide enough. */
export const figures = (all: readonly Html[]): Html => raw(`<div class="figures">${all.map(({ html }) => html).join('\n')}</div>`);

const headlineCard = ({ value, meaning }: Headline) =>
  `<div class="card"><b>${escapeHtml(value)}</b><span>${escapeHtml(meaning)}</span></div>`;

function sectionHtml({ title, about, content }: PageSection): string {
  const intro = about === undefined ? '' : `<p class="about">${htmlOf(about)}</p>\n`;
  return `<section>\n<h2>${escapeHtml(title)}</h2>\n${intro}${content.map(blockOf).join('\n')}\n</section>`;
}

const blockOf = (content: Content) => (typeof content === 'string' ? paragraph(content).html : content.html);
