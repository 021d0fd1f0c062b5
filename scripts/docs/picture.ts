import { escapeHtml } from '@epee/html';

/** A sentence as the picture shows it. */
export interface PictureSentence {
  readonly text: string;
  /** Layer at which the events row of the sentence left, counted from 1. */
  readonly exitLayer: number;
  /** Found spans, in code points of `text`; a span within another is drawn on top of it. */
  readonly marks: readonly Mark[];
  /** What was found, in words; each is a line below the sentence. */
  readonly findings: readonly string[];
}

/** A found span and the colour that it gets. */
export interface Mark {
  readonly start: number;
  readonly end: number;
  readonly kind: MarkKind;
}

/** What a span is, as the legend says it. */
export type MarkKind = 'trigger' | 'drug' | 'effect' | 'other';

/** What stands around the sentences. */
export interface PictureFrame {
  readonly title: string;
  readonly footer: string;
  readonly layers: number;
}

const LEGEND: Readonly<Record<MarkKind, string>> = { trigger: 'trigger', drug: 'drug', effect: 'effect', other: 'other' };
const WIDTH = 880;
const MARGIN = 28;
/** Width of a character and height of a line, pixels; `textLength` keeps any monospaced font to it. */
const CHARACTER = 7.8;
const LINE = 23;
const COLUMNS = 76;
const BAR_X = 680;
const CELL = 9;

const STYLE = `
  text { font: 13px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: #24292f }
  .card { fill: #ffffff; stroke: #d0d7de } .title { font-weight: 700 } .dim { fill: #57606a } .found { fill: #0b69a8 }
  .trigger { fill: #fbd9a8 } .drug { fill: #b9dcf7 } .effect { fill: #f7c3cf } .other { fill: #d5ead8 } .run { fill: #0b69a8 } .saved { fill: #e4e8ec }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .card { fill: #161b22; stroke: #3d444d } .dim { fill: #9aa4ae } .found { fill: #79c0ff }
    .trigger { fill: #7a4d0a } .drug { fill: #0f4c7d } .effect { fill: #7d2440 } .other { fill: #2c5a36 } .run { fill: #56b4e9 } .saved { fill: #30363d }
  }`;

/** An SVG with a sentence a row: its text with what was found in it, and how many of the model's layers it took. Light and dark by the reader's system. */
export function drawPicture(sentences: readonly PictureSentence[], frame: PictureFrame): string {
  const parts: string[] = [head(frame)];
  let y = 100;
  for (const sentence of sentences) {
    parts.push(layerBar(sentence.exitLayer, frame.layers, y));
    for (const line of wrap(sentence.text, COLUMNS)) {
      parts.push(...marksOf(sentence, line, y), textAt(MARGIN, y, line.text));
      y += LINE;
    }
    for (const finding of sentence.findings) {
      parts.push(textAt(MARGIN + 2 * CHARACTER, y, finding, 'found'));
      y += LINE;
    }
    y += 8;
  }
  parts.push(textAt(MARGIN, y + 8, frame.footer, 'dim'));
  const height = y + 32;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<title>${escapeHtml(frame.title)}</title>`,
    `<style>${STYLE}\n</style>`,
    `<rect class="card" x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="10"/>`,
    ...parts,
    '</svg>\n',
  ].join('\n');
}

function head({ title, layers }: PictureFrame): string {
  const kinds = Object.entries(LEGEND);
  const legend = kinds.map(([kind, word], index) => {
    const x = MARGIN + index * 96;
    return `<rect class="${kind}" x="${x}" y="52" width="14" height="14" rx="3"/>${textAt(x + 20, 64, word, 'dim')}`;
  });
  return [textAt(MARGIN, 36, title, 'title'), ...legend, textAt(BAR_X, 64, `layers run, of ${layers}`, 'dim')].join('\n');
}

function layerBar(exitLayer: number, layers: number, y: number): string {
  const cells = Array.from({ length: layers }, (_, layer) => {
    const x = BAR_X + layer * (CELL + 2);
    return `<rect class="${layer < exitLayer ? 'run' : 'saved'}" x="${x}" y="${y - 10}" width="${CELL}" height="12" rx="2"/>`;
  });
  return `${cells.join('')}${textAt(BAR_X + layers * (CELL + 2) + 10, y, String(exitLayer), 'dim')}`;
}

interface Line {
  readonly start: number;
  readonly text: string;
}

/** Cuts a text at spaces into lines of at most so many code points. */
function wrap(text: string, columns: number): Line[] {
  const lines: Line[] = [];
  let rest = [...text];
  let start = 0;
  while (rest.length > columns) {
    const space = rest.lastIndexOf(' ', columns);
    const length = space > 0 ? space : columns;
    lines.push({ start, text: rest.slice(0, length).join('') });
    const next = space > 0 ? length + 1 : length;
    rest = rest.slice(next);
    start += next;
  }
  return [...lines, { start, text: rest.join('') }];
}

/** The parts of a sentence's marks that lie in one line, the longest first. */
function marksOf({ marks }: PictureSentence, line: Line, y: number): string[] {
  const lineEnd = line.start + [...line.text].length;
  return marks
    .map(({ start, end, kind }) => ({ kind, start: Math.max(start, line.start), end: Math.min(end, lineEnd) }))
    .filter(({ start, end }) => start < end)
    .sort((a, b) => b.end - b.start - (a.end - a.start))
    .map(({ kind, start, end }) => {
      const x = MARGIN + (start - line.start) * CHARACTER;
      return `<rect class="${kind}" x="${pixels(x - 1.5)}" y="${y - 14}" width="${pixels((end - start) * CHARACTER + 3)}" height="19" rx="3"/>`;
    });
}

function textAt(x: number, y: number, text: string, className?: string): string {
  const length = pixels([...text].length * CHARACTER);
  const style = className === undefined ? '' : ` class="${className}"`;
  return `<text x="${pixels(x)}" y="${y}"${style} textLength="${length}" lengthAdjust="spacingAndGlyphs" xml:space="preserve">${escapeHtml(text)}</text>`;
}

const pixels = (value: number) => Number(value.toFixed(1));
