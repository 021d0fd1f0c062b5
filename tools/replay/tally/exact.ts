const STEPS = 1e6;

/**
 * A number as a whole number of millionths. Sums of these are exact, so that the order in which
 * documents are read does not show in the last digits of a report.
 */
export const millionths = (value: number): number => Math.round(value * STEPS);

/** A number from its millionths. */
export const fromMillionths = (value: number): number => value / STEPS;
