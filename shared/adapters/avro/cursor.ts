import { isUtf8 } from 'node:buffer';
import { EpeeError } from '@epee/errors';

const MAX_DEPTH = 64;
const MAX_VARINT_BYTES = 10;
/** Items of zero bytes (nulls, empty records) that a message may hold; nothing else bounds them. */
const MAX_ZERO_WIDTH_ITEMS = 1024;

/**
 * Walks over an Avro body and never steps outside it. Its errors name the field and the sizes,
 * never a value.
 */
export class Cursor {
  readonly #bytes: Buffer;
  readonly #record: string;
  readonly #path: (string | number)[] = [];
  #position = 0;
  #zeroWidthItems = 0;

  /** @param record name of the record, for messages */
  constructor(bytes: Buffer, record: string) {
    this.#bytes = bytes;
    this.#record = record;
  }

  get position(): number {
    return this.#position;
  }

  get remaining(): number {
    return this.#bytes.length - this.#position;
  }

  /** Runs a check with a field name or an item index added to the path. */
  within(segment: string | number, check: (cursor: Cursor) => void): void {
    if (this.#path.length >= MAX_DEPTH) throw this.invalid(`nested deeper than ${MAX_DEPTH} levels`);
    this.#path.push(segment);
    check(this);
    this.#path.pop();
  }

  /** Steps over bytes that must be there. */
  skip(count: number, what: string): void {
    if (count > this.remaining) throw this.invalid(`${what} needs ${count} bytes, but ${this.remaining} remain`);
    this.#position += count;
  }

  /** Reads a boolean's byte. */
  boolean(): void {
    const byte = this.#bytes[this.#position];
    this.skip(1, 'a boolean');
    if (byte !== 0 && byte !== 1) throw this.invalid('a boolean is neither 0 nor 1');
  }

  /**
   * Reads a zig-zag number of at most 64 bits. It is exact up to 2^53; use only the size of a
   * larger one.
   */
  long(): number {
    let raw = 0;
    let factor = 1;
    for (let count = 1; count <= MAX_VARINT_BYTES; count++) {
      const byte = this.#bytes[this.#position];
      this.skip(1, 'a number');
      raw += (byte! & 0x7f) * factor;
      factor *= 128;
      if (byte! < 0x80) {
        if (count === MAX_VARINT_BYTES && byte! > 1) break;
        return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2;
      }
    }
    throw this.invalid('a number has more than 64 bits');
  }

  /** Reads a number that must fit 32 bits. */
  int(): void {
    const value = this.long();
    if (value < -(2 ** 31) || value >= 2 ** 31) throw this.invalid('a number has more than 32 bits');
  }

  /** Reads an index into a list of choices. */
  index(count: number, what: string): number {
    const value = this.long();
    if (value < 0 || value >= count) throw this.invalid(`${what} ${value} does not exist; the schema has ${count}`);
    return value;
  }

  /** Steps over bytes that their length precedes. */
  bytes(what: string): Buffer {
    const length = this.long();
    if (length < 0) throw this.invalid(`${what} has a negative length`);
    this.skip(length, what);
    return this.#bytes.subarray(this.#position - length, this.#position);
  }

  /** Steps over a string, which must be UTF-8. @throws EpeeError TEXT_INVALID_UTF8 */
  string(): void {
    const bytes = this.bytes('a string');
    if (isUtf8(bytes)) return;
    const field = this.field();
    throw new EpeeError('TEXT_INVALID_UTF8', `${field} of the record is not valid UTF-8 (${bytes.length} bytes)`, {
      stage: 'decode',
      details: { field, bytes: bytes.length },
    });
  }

  /** Reads the header of a block of an array or map: its items (0 = the end) and its bytes. */
  block(itemMinBytes: number): { readonly items: number; readonly bytes: number | null } {
    const count = this.long();
    const items = Math.abs(count);
    const bytes = count < 0 ? this.long() : null;
    if (bytes !== null && (bytes < 0 || bytes > this.remaining))
      throw this.invalid(`a block claims ${bytes} bytes, but ${this.remaining} remain`);
    if (itemMinBytes > 0 && items > this.remaining / itemMinBytes) {
      throw this.invalid(`a block claims ${items} items of at least ${itemMinBytes} bytes, but ${this.remaining} bytes remain`);
    }
    if (itemMinBytes === 0) {
      this.#zeroWidthItems += items;
      if (this.#zeroWidthItems > MAX_ZERO_WIDTH_ITEMS)
        throw this.invalid(`the record has more than ${MAX_ZERO_WIDTH_ITEMS} items without content`);
    }
    return { items, bytes };
  }

  /** Path of the current field, for example `sections[3].text`. */
  field(): string {
    const path = this.#path.map((segment) => (typeof segment === 'number' ? `[${segment}]` : `.${segment}`)).join('');
    return path.replace(/^\./, '') || this.#record;
  }

  /** An AVRO_INVALID error at this place. */
  invalid(reason: string): EpeeError {
    const field = this.field();
    return new EpeeError('AVRO_INVALID', `The record is not a valid ${this.#record}: at ${field}, byte ${this.#position}: ${reason}`, {
      stage: 'decode',
      details: { record: this.#record, field, position: this.#position },
    });
  }
}
