/** A labelled span of a text; `end` is exclusive. Any unit, the same on both sides of a comparison. */
export interface LabelledSpan {
  readonly label: string;
  readonly start: number;
  readonly end: number;
}

/** What a micro score is made of, added up over texts. */
export interface Counts {
  /** Answers given. */
  readonly found: number;
  /** Answers wanted. */
  readonly gold: number;
  /** Answers given that are wanted. */
  readonly right: number;
}

/** Precision, recall and their harmonic mean, in percent; each 0 where nothing is right. */
export interface Score {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** The counts of no text. */
export const NO_COUNTS: Counts = Object.freeze({ found: 0, gold: 0, right: 0 });

/** Counts of two sets of texts together. */
export function addCounts(one: Counts, other: Counts): Counts {
  return { found: one.found + other.found, gold: one.gold + other.gold, right: one.right + other.right };
}

/** Micro precision, recall and F1 of counts: F1 = 2 right / (found + gold). */
export function scoreOf({ found, gold, right }: Counts): Score {
  if (right === 0) return { precision: 0, recall: 0, f1: 0 };
  return { precision: (100 * right) / found, recall: (100 * right) / gold, f1: (200 * right) / (found + gold) };
}

/** Exact-match counts of one text's spans: label, start and end must agree; the same span twice counts once (PHEE, EMNLP 2022). */
export function spanCounts(found: Iterable<LabelledSpan>, gold: Iterable<LabelledSpan>): Counts {
  const given = keysOf(found);
  const wanted = keysOf(gold);
  return { found: given.size, gold: wanted.size, right: [...given].filter((key) => wanted.has(key)).length };
}

/**
 * Counts of one row's label. With `none` given, that label says that nothing is there: it is neither found nor wanted (micro F1 of relation extraction).
 * With null every label counts, and F1 is the accuracy.
 */
export function labelCounts(found: string, gold: string, none: string | null): Counts {
  return { found: Number(found !== none), gold: Number(gold !== none), right: Number(found === gold && gold !== none) };
}

/** Counts of one yes-or-no answer; a right no counts nowhere. */
export function yesCounts(found: boolean, gold: boolean): Counts {
  return { found: Number(found), gold: Number(gold), right: Number(found && gold) };
}

function keysOf(spans: Iterable<LabelledSpan>): Set<string> {
  return new Set(Array.from(spans, ({ label, start, end }) => `${start} ${end} ${label}`));
}
