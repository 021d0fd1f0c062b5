import type { Service } from './run-service.ts';

/**
 * A service with one stop, whoever asks for it: the caller, or its consumer, which ended by itself.
 * @param consumer what the service lives from
 * @param stop ends everything; called once
 */
export function serviceOf(consumer: Pick<Service, 'done'>, stop: () => Promise<void>): Service {
  let stopping: Promise<void> | null = null;
  const stopOnce = () => {
    stopping ??= stop();
    return stopping;
  };
  const done = consumer.done.finally(stopOnce);
  // Whoever waits for `done` sees the rejection; nobody may wait yet.
  done.catch(() => undefined);
  return { stop: stopOnce, done };
}
