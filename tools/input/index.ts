export { inBatches, mapInOrder } from './batches.ts';
export { type ImageFile, eventOfFile, imageOfFile, ownFiles, placed } from './image-file.ts';
export { type InputRow, type NoteInput, openInput } from './input.ts';
