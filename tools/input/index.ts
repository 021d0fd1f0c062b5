export { inBatches, mapInOrder } from './batches.ts';
export { eventOfFile, type ImageFile, imageOfFile, ownFiles, placed } from './image-file.ts';
export { type InputRow, type NoteInput, openInput } from './input.ts';
