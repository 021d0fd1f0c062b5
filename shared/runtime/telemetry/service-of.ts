import type { Service } from './run-service.ts';

/**
 * A service that stops once, when the caller stops it or when its consumer ends.
 * @param consumer the service ends with it
 * @param stop ends everything; called once
 */
export function serviceOf(consumer: Pick<Service, 'done'>, stop: () => Promise<void>): Service {
  let stopping: Promise<void> | null = null;
  const stopOnce = () => {
    stopping ??= stop();
    return stopping;
  };
  const done = consumer.done.finally(stopOnce);
  // A caller that waits for `done` sees the rejection; perhaps none waits yet.
  done.catch(() => undefined);
  return { stop: stopOnce, done };
}
