export { type LetterId, parseId } from './letter.ts';
export { countsText, listDeadLetters, listHead, listRow } from './list-dead-letters.ts';
export type { MarkOutcome } from './marks.ts';
export { isFiltered, parseSelection, type SelectionFlags } from './parse-selection.ts';
export { planText } from './plan.ts';
export { deadLetterText, readDeadLetter } from './read-dead-letter.ts';
export type { OriginFilter, Selection } from './selection.ts';
export { demandNoneDone, planSettlement, settleDeadLetters, settleText } from './settle-dead-letters.ts';
export { kindsText } from './tally.ts';
