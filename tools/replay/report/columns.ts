/** A column of numbers. */
export const right = (heading: string) => ({ heading, align: 'right' }) as const;

/** What intervals hold, in words. */
export const INTERVALS = 'Intervals hold 95 % of 1,000 bootstrap resamples of the documents.';
