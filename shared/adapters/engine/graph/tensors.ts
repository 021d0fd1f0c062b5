/** Element types of the graphs. */
export type TensorType = 'float32' | 'int32' | 'int64';

/** A named tensor in a message between threads; its buffer is moved, not copied. */
export interface NamedTensor {
  readonly name: string;
  readonly type: TensorType;
  readonly dims: readonly number[];
  readonly data: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | BigInt64Array<ArrayBuffer>;
}

/** The buffers of tensors to move with a message, each once. */
export function buffersOf(tensors: readonly NamedTensor[]): ArrayBuffer[] {
  return [...new Set(tensors.map(({ data }) => data.buffer))];
}
