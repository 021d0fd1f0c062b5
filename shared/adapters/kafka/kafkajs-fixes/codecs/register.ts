import kafkajs from 'kafkajs';
import { compressGzip, decompressGzip } from './gzip.ts';
import { decompressLz4 } from './lz4.ts';
import { decompressSnappy } from './snappy.ts';
import { decompressZstd } from './zstd.ts';

interface LibraryCodec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(data: Buffer): Promise<Buffer>;
}

const readOnly = (): never => {
  throw new Error('this codec only reads');
};

const { CompressionCodecs, CompressionTypes } = kafkajs;

/** Gives the client library its codecs, the built-in gzip replaced: that one decompresses without a bound. The library keeps them for the whole process. */
export function registerCodecs(): void {
  const codecs: Readonly<Record<'GZIP' | 'LZ4' | 'Snappy' | 'ZSTD', LibraryCodec>> = {
    GZIP: { compress: ({ buffer }) => compressGzip(buffer), decompress: decompressGzip },
    LZ4: { compress: readOnly, decompress: async (data) => decompressLz4(data) },
    Snappy: { compress: readOnly, decompress: async (data) => decompressSnappy(data) },
    ZSTD: { compress: readOnly, decompress: decompressZstd },
  };
  for (const name of ['GZIP', 'LZ4', 'Snappy', 'ZSTD'] as const) CompressionCodecs[CompressionTypes[name]] = () => codecs[name];
}
