/** When a batch is full. */
export interface BatchLimits<T> {
  readonly maxItems: number;
  readonly maxSize: number;
  /** What an item counts against `maxSize`. */
  readonly sizeOf: (item: T) => number;
  /** Longest wait for a further item, milliseconds: a slow source is passed on as it comes. */
  readonly lingerMs: number;
}

/** Puts items together, in their order, until a batch is full, the source pauses or it ends. */
export async function* inBatches<T>(
  source: AsyncIterable<T>,
  { maxItems, maxSize, sizeOf, lingerMs }: BatchLimits<T>,
): AsyncGenerator<T[]> {
  const iterator = source[Symbol.asyncIterator]();
  let batch: T[] = [];
  let size = 0;
  try {
    for (let pending = iterator.next(); ; pending = iterator.next()) {
      if (batch.length > 0 && !(await settlesWithin(pending, lingerMs))) {
        yield batch;
        batch = [];
        size = 0;
      }
      const { done, value } = await pending;
      if (done) break;
      if (batch.length > 0 && size + sizeOf(value) > maxSize) {
        yield batch;
        batch = [];
        size = 0;
      }
      batch.push(value);
      size += sizeOf(value);
      if (batch.length < maxItems) continue;
      yield batch;
      batch = [];
      size = 0;
    }
    if (batch.length > 0) yield batch;
  } finally {
    await iterator.return?.();
  }
}

async function settlesWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Works on several items at a time and answers in their order. Reads at most `limit` items ahead of the one that was last taken, so that memory stays bounded.
 * The first error of the source or of `work` ends it, after the works that had begun.
 */
export async function* mapInOrder<T, R>(source: AsyncIterable<T>, limit: number, work: (item: T) => Promise<R>): AsyncGenerator<R> {
  const running: Promise<R>[] = [];
  try {
    for await (const item of source) {
      const answer = work(item);
      // Looked at when its turn comes; until then a rejection must not count as unhandled.
      answer.catch(() => undefined);
      running.push(answer);
      if (running.length >= limit) yield await running.shift()!;
    }
    while (running.length > 0) yield await running.shift()!;
  } finally {
    await Promise.allSettled(running);
  }
}
