import type { Output } from './output.ts';

/** Ways to set text off on a terminal. */
export interface Style {
  /** Whether they do anything. */
  readonly colour: boolean;
  bold(text: string): string;
  good(text: string): string;
  bad(text: string): string;
}

/** Bold and colours on a terminal, unless NO_COLOR is set (no-color.org); elsewhere the text as it is. */
export function styleFor(out: Output, env: Readonly<Record<string, string | undefined>>): Style {
  const wanted = out.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
  const wrap = (code: number) => (text: string) => (wanted ? text.replace(/^.+$/gm, `\x1b[${code}m$&\x1b[0m`) : text);
  return { colour: wanted, bold: wrap(1), good: wrap(32), bad: wrap(31) };
}
