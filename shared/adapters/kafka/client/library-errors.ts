/** What is looked at of an error of the library, or of one in its chain of causes. */
export interface LibraryError {
  readonly name?: unknown;
  readonly type?: unknown;
  readonly code?: unknown;
  readonly retriable?: unknown;
  readonly cause?: unknown;
}

/** The errors of a chain of causes, outermost first; bounded, as a chain may be circular. */
export function causes(error: unknown): LibraryError[] {
  const chain: LibraryError[] = [];
  for (let at = error; typeof at === 'object' && at !== null && chain.length < 10; at = (at as LibraryError).cause) chain.push(at);
  return chain;
}

/** The protocol's error types of a chain, outermost first. The library's errors for several topics at once keep theirs in a list. */
export const errorTypes = (error: unknown): string[] =>
  causes(error).flatMap((cause) => {
    const several = (cause as { readonly errors?: unknown }).errors;
    const own = typeof cause.type === 'string' ? [cause.type] : [];
    return Array.isArray(several) ? [...own, ...several.flatMap(errorTypes)] : own;
  });

/** Whether the brokers refused the account itself. */
export const isLoginRefused = (error: unknown): boolean => causes(error).some(({ name }) => name === 'KafkaJSSASLAuthenticationError');
