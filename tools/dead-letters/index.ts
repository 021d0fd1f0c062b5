export { idText, isoTime, type Letter, type LetterId, letterJson, parseId, readLetter } from './letter.ts';
export { type ListRequest, listLetters } from './list.ts';
export { type SettleRequest, settleLetters } from './run-settle.ts';
export { isFiltered, isSelected, type OriginFilter, parseSelection, type Selection, type SelectionFlags } from './selection.ts';
export { type ShowRequest, showLetter } from './show.ts';
