import type { AttributeLabel, HeadLabel } from './types.ts';

/** What it costs to give an attribute to a head; the cheapest head has it. One unit is a word between the two. */
export interface AttributeCosts {
  /** By label of the head; a label that is missing has no such attribute. */
  readonly heads: Readonly<Partial<Record<HeadLabel, number>>>;
  /** Added where the head stands behind the attribute. */
  readonly headAfter: number;
  /** Per head of the same label between the two. */
  readonly overSame: number;
  /** Per head of another label between the two. */
  readonly overOther: number;
  /** Per attribute of the same label between the two. */
  readonly overAttribute: number;
  /** Per comma between the two. */
  readonly comma: number;
  /** Per semicolon, full stop, bar, dash or line break between the two. */
  readonly stop: number;
  /** Added where the head stands in the sentence before. */
  readonly sentenceBefore: number;
  /** Above this cost the attribute belongs to none. */
  readonly most: number;
  /** Whether it belongs to every head of the list in which its head stands ("pain and swelling of the knee"). */
  readonly shared: boolean;
}

/** Chosen on the train split of the clinical notes. */
export const ATTRIBUTE_COSTS: Readonly<Record<AttributeLabel, AttributeCosts>> = {
  dose: {
    heads: { medication: 0, procedure: 3 },
    headAfter: 3,
    overSame: 6,
    overOther: 2,
    overAttribute: 1,
    comma: 1,
    stop: 4,
    sentenceBefore: 6,
    most: 40,
    shared: false,
  },
  route: {
    heads: { medication: 0 },
    headAfter: 3,
    overSame: 6,
    overOther: 2,
    overAttribute: 1,
    comma: 1,
    stop: 4,
    sentenceBefore: 6,
    most: 40,
    shared: false,
  },
  frequency: {
    heads: { medication: 0, problem: 3, test: 2, procedure: 2 },
    headAfter: 2,
    overSame: 6,
    overOther: 2,
    overAttribute: 1,
    comma: 1,
    stop: 4,
    sentenceBefore: 6,
    most: 40,
    shared: false,
  },
  duration: {
    heads: { problem: 0, medication: 0, procedure: 0, test: 2 },
    headAfter: 2,
    overSame: 4,
    overOther: 3,
    overAttribute: 1,
    comma: 1,
    stop: 4,
    sentenceBefore: 6,
    most: 40,
    shared: true,
  },
  value: {
    heads: { test: 0, problem: 6, procedure: 6 },
    headAfter: 2,
    overSame: 6,
    overOther: 3,
    overAttribute: 4,
    comma: 2,
    stop: 4,
    sentenceBefore: 6,
    most: 30,
    shared: true,
  },
  severity: {
    heads: { problem: 0 },
    headAfter: 1,
    overSame: 4,
    overOther: 2,
    overAttribute: 1,
    comma: 1,
    stop: 4,
    sentenceBefore: 6,
    most: 40,
    shared: true,
  },
  anatomy: {
    heads: { problem: 0, procedure: 0, test: 0, medication: 2 },
    headAfter: 2,
    overSame: 4,
    overOther: 3,
    overAttribute: 1,
    comma: 2,
    stop: 4,
    sentenceBefore: 6,
    most: 40,
    shared: true,
  },
  time: {
    heads: { problem: 0, medication: 0, procedure: 0, test: 0 },
    headAfter: 1,
    overSame: 4,
    overOther: 3,
    overAttribute: 1,
    comma: 2,
    stop: 5,
    sentenceBefore: 6,
    most: 20,
    shared: true,
  },
};
