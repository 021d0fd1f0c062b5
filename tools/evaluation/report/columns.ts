/** A column of numbers. */
export const right = (heading: string) => ({ heading, align: 'right' }) as const;

/** A difference with its sign. */
export const signed = (value: number): string => `${value < 0 ? '' : '+'}${value.toFixed(1)}`;
