/** Element types that the graphs use. */
export type TensorType = 'float32' | 'int32' | 'int64';

/** A named tensor as it travels between threads; its buffer is transferred, not copied. */
export interface NamedTensor {
  readonly name: string;
  readonly type: TensorType;
  readonly dims: readonly number[];
  readonly data: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | BigInt64Array<ArrayBuffer>;
}

/** The buffers to transfer along with tensors, each once. */
export function buffersOf(tensors: readonly NamedTensor[]): ArrayBuffer[] {
  return [...new Set(tensors.map(({ data }) => data.buffer))];
}
