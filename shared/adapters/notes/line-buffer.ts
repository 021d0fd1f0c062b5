const CARRIAGE_RETURN = 0x0d;

/** The bytes of one line, of which those over a limit are dropped while they pass by. */
export interface LineBuffer {
  add(part: Buffer): void;
  /** Bytes that were added since the last line. */
  size(): number;
  /** The line without a CR at its end; null where it is over the limit. The next line begins. */
  take(): Buffer | null;
}

/** Makes an empty buffer. @param maxBytes longest line that is kept */
export function createLineBuffer(maxBytes: number): LineBuffer {
  let parts: Buffer[] = [];
  let size = 0;
  return {
    add(part) {
      size += part.length;
      // One byte over the limit is kept, since a CR at the end does not count.
      if (size > maxBytes + 1) parts = [];
      else parts.push(part);
    },
    size: () => size,
    take() {
      const line = size > maxBytes + 1 ? null : withoutReturn(parts.length === 1 ? parts[0]! : Buffer.concat(parts, size));
      parts = [];
      size = 0;
      return line === null || line.length > maxBytes ? null : line;
    },
  };
}

const withoutReturn = (line: Buffer): Buffer => (line.at(-1) === CARRIAGE_RETURN ? line.subarray(0, -1) : line);
