import { fileRegistry } from './file-registry.ts';
import type { SchemaRegistry } from './registry.ts';
import { restRegistry } from './rest-registry.ts';

export { type Codec, type CodecOptions, createCodec } from './codec.ts';
export { fileRegistry } from './file-registry.ts';
export { type InputRecord, imageRecord, noteRecord } from './input-record.ts';
export type { RegisteredSchema, SchemaRegistry } from './registry.ts';
export { type RestRegistryOptions, restRegistry } from './rest-registry.ts';

/**
 * Opens the registry that the configuration names: Confluent's REST API, or the files in `schemas/`
 * for `null`.
 */
export async function openRegistry(
  config: { readonly url: string; readonly account: { readonly username: string; readonly password: string } | null } | null,
): Promise<SchemaRegistry> {
  return config === null ? fileRegistry() : restRegistry(config);
}
