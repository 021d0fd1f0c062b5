import { stripVTControlCharacters } from 'node:util';

/** Breaks lines that are wider than `width` columns at blanks; what goes on is indented like its line. Colours take no room. */
export function foldLines(text: string, width: number): string {
  return text
    .split('\n')
    .map((line) => fold(line, width))
    .join('\n');
}

function fold(line: string, width: number): string {
  if (widthOfText(line) <= width) return line;
  const indent = /^ */.exec(line)![0];
  const lines: string[] = [];
  let current = '';
  for (const word of line.slice(indent.length).split(' ')) {
    const longer = current === '' ? `${indent}${word}` : `${current} ${word}`;
    if (current !== '' && widthOfText(longer) > width) {
      lines.push(current);
      current = `${indent}${word}`;
    } else current = longer;
  }
  return [...lines, current].join('\n');
}

const widthOfText = (text: string): number => [...stripVTControlCharacters(text)].length;
