export { type Letter, type LetterId, idText, isoTime, letterJson, parseId, readLetter } from './letter.ts';
export { type ListRequest, listLetters } from './list.ts';
export { type SettleRequest, settleLetters } from './run-settle.ts';
export { type OriginFilter, type Selection, type SelectionFlags, isFiltered, isSelected, parseSelection } from './selection.ts';
export { type ShowRequest, showLetter } from './show.ts';
