/** Runs work; work under the same name waits until what began before it has ended. */
export type Turns = <T>(name: string, work: () => Promise<T>) => Promise<T>;

/** Makes turns: one piece of work per name at a time. */
export function createTurns(): Turns {
  const running = new Map<string, Promise<unknown>>();
  return async (name, work) => {
    while (running.has(name)) await running.get(name)!.catch(() => undefined);
    const begun = work();
    running.set(name, begun);
    try {
      return await begun;
    } finally {
      running.delete(name);
    }
  };
}
