export { type LabelledFile, type Placed, readLabelledFile, type TextFile } from './labelled-file.ts';
export { createLabelledImages, imageDigests, type LabelledImages } from './labelled-images.ts';
export {
  ADVERSE_LABELS,
  type AssertionItem,
  type ClassificationItem,
  type EventItem,
  type FactsItem,
  type ItemKind,
  type ItemSpan,
  NOT_ADVERSE_LABEL,
  type NoteItem,
  type RelationItem,
} from './labelled-item.ts';
export { type LabelledRow, PORTION, portionsOf } from './labelled-row.ts';
export { type DataRequest, documentHint, documentPatternOf, readData } from './read-data.ts';
