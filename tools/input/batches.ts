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
 * Works on several items at a time and answers in their order, each as soon as it and all before it are done, also while the source pauses. Reads at most `limit` items
 * ahead of the one that was last taken, so that memory stays bounded. The first error of the source or of `work` ends it, after the works that had begun.
 */
export async function* mapInOrder<T, R>(source: AsyncIterable<T>, limit: number, work: (item: T) => Promise<R>): AsyncGenerator<R> {
  const iterator = source[Symbol.asyncIterator]();
  const running: Promise<R>[] = [];
  let next: Promise<IteratorResult<T>> | null = iterator.next();
  let ended = false;
  try {
    while (running.length > 0 || !ended) {
      if (!ended && running.length < limit) next ??= iterator.next();
      if (await answerComesFirst(running[0], next)) {
        yield await running.shift()!;
        continue;
      }
      const { done, value }: IteratorResult<T> = await next!;
      next = null;
      if (done) ended = true;
      else running.push(handled(work(value)));
    }
  } finally {
    await Promise.allSettled(running);
    // Not waited for: a source that pauses would answer only when it resumes.
    iterator.return?.()?.catch(() => undefined);
  }
}

/** Looked at when its turn comes; until then a rejection must not count as unhandled. */
function handled<R>(answer: Promise<R>): Promise<R> {
  answer.catch(() => undefined);
  return answer;
}

async function answerComesFirst(answer: Promise<unknown> | undefined, next: Promise<unknown> | null): Promise<boolean> {
  if (answer === undefined) return false;
  if (next === null) return true;
  const settled = (which: boolean) => () => which;
  return Promise.race([answer.then(settled(true), settled(true)), next.then(settled(false), settled(false))]);
}
