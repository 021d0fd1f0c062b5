import type { Writable } from 'node:stream';

/** A stream for what is shown; `isTTY` and `columns` as Node sets them on a terminal. */
export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number };

/** Characters that fit on a line; 80 where nobody knows, as in a pipe. */
export const widthOf = ({ columns }: Output): number => columns || 80;
