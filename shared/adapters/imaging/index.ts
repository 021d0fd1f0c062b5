export { type DecodeLimits, decodeImage, inspectImage } from './decode.ts';
export { encodePng } from './encode.ts';
export { createImageReader, type ImageReader, type ImageReaderParts, type ImageToRead, type ReadOptions } from './image-reader.ts';
export { type OpenImageReader, type OpenReaderOptions, openImageReader } from './open-reader.ts';
export { createPatience, type Patience, type PatienceOptions, type Waiter } from './patience.ts';
export { bytesOf, type PixelOptions, pixelsOf } from './pixels.ts';
export { openReferenceStore, type ReferenceStore, type ReferenceStoreOptions } from './reference-store.ts';
