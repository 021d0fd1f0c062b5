import type { ExitPolicy } from '@epee/exits';
import type { AnyRow, ImageRow, Row } from '@epee/model';
import type { GraphLayout } from './layout.ts';
import type { NamedTensor } from './tensors.ts';

/** A row for the graph, with its policy. It is valid (`rowError`). */
export interface PackRow<R extends AnyRow = AnyRow> {
  readonly row: R;
  readonly policy: ExitPolicy;
}

/** Means "off" as an entropy threshold: an entropy is never below it. */
const THRESHOLD_OFF = -1;

/** Inputs of a batch for the exit graph: the sweep graph's, `entropy_threshold` and `patience`. */
export function packExitBatch(rows: readonly PackRow[], layout: GraphLayout): NamedTensor[] {
  const size = rows.length;
  const threshold = Float32Array.from(rows, ({ policy }) => (policy.entropyThreshold === 'off' ? THRESHOLD_OFF : policy.entropyThreshold));
  // A count above the number of layers is never reached; a large one would not fit into 32 bits.
  const patience = rows.map(({ policy }) => (policy.patience === 'off' ? layout.layers + 1 : Math.min(policy.patience, layout.layers + 1)));
  return [
    ...packSweepBatch(
      rows.map(({ row }) => row),
      layout,
    ),
    { name: 'entropy_threshold', type: 'float32', dims: [size], data: threshold },
    { name: 'patience', type: 'int64', dims: [size], data: int64(patience) },
  ];
}

/**
 * The inputs of one batch for the sweep graph. Texts, right-padded to the longest: `input_ids`,
 * `lengths`, `task`, `word_mask`, `markers`. Images: `pixel_values` and `task`.
 */
export function packSweepBatch(rows: readonly AnyRow[], layout: GraphLayout): NamedTensor[] {
  // All rows are of the kind that the layout has (`rowError`).
  return layout.image === null ? packTexts(rows as readonly Row[], layout) : packImages(rows as readonly ImageRow[], layout);
}

function packImages(rows: readonly ImageRow[], layout: GraphLayout): NamedTensor[] {
  const { width, height, channels } = layout.image!;
  const size = channels * height * width;
  const pixels = new Float32Array(rows.length * size);
  for (const [index, row] of rows.entries()) pixels.set(row.pixels, index * size);
  return [{ name: 'pixel_values', type: 'float32', dims: [rows.length, channels, height, width], data: pixels }, taskInput(rows, layout)];
}

function packTexts(rows: readonly Row[], layout: GraphLayout): NamedTensor[] {
  const size = rows.length;
  const width = Math.max(...rows.map(({ tokenIds }) => tokenIds.length));
  const ids = new BigInt64Array(size * width);
  const idWords = lowWords(ids);
  const mask = new Float32Array(size * width);
  const markers: number[] = [];
  for (const [index, { tokenIds, wordMask, markers: positions = [0, 0] }] of rows.entries()) {
    const start = index * width;
    for (let token = 0; token < width; token++) idWords[2 * (start + token)] = tokenIds[token] ?? layout.padId;
    if (wordMask !== undefined) mask.set(wordMask, start);
    markers.push(...positions);
  }
  return [
    { name: 'input_ids', type: 'int64', dims: [size, width], data: ids },
    { name: 'lengths', type: 'int32', dims: [size], data: Int32Array.from(rows, ({ tokenIds }) => tokenIds.length) },
    taskInput(rows, layout),
    { name: 'word_mask', type: 'float32', dims: [size, width], data: mask },
    { name: 'markers', type: 'int64', dims: [size, 2], data: int64(markers) },
  ];
}

function taskInput(rows: readonly AnyRow[], { tasks }: GraphLayout): NamedTensor {
  return { name: 'task', type: 'int64', dims: [rows.length], data: int64(rows.map(({ task }) => tasks.get(task)!.index)) };
}

function int64(values: readonly number[]): BigInt64Array<ArrayBuffer> {
  const packed = new BigInt64Array(values.length);
  const words = lowWords(packed);
  for (const [index, value] of values.entries()) words[2 * index] = value;
  return packed;
}

/**
 * Every second value is the low word of a 64-bit number (all platforms of the runtime are
 * little-endian). Far cheaper than one bigint per token.
 */
function lowWords(values: BigInt64Array<ArrayBuffer>): Int32Array {
  return new Int32Array(values.buffer);
}
