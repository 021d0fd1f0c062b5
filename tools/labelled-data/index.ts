export { type LabelledFile, type Placed, type TextFile, readLabelledFile } from './labelled-file.ts';
export { type LabelledImages, createLabelledImages, imageDigests } from './labelled-images.ts';
export type { ClassificationItem, EventItem, ImageItem, ItemKind, ItemSpan, NoteItem, RelationItem } from './labelled-item.ts';
export { type DataRequest, chosenTasks, documentHint, documentPatternOf, readData } from './read-data.ts';
