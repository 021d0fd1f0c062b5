import { readFile } from 'node:fs/promises';
import { EpeeError } from '@epee/errors';
import type { SchemaRegistry } from './registry.ts';

const SCHEMAS = new URL('../../../schemas/', import.meta.url);

/**
 * The registry in `schemas/`: `ids.json` maps ids to released schema files. It is read once; all
 * programs of a release have the same files.
 * @param folder another folder with an `ids.json`
 */
export async function fileRegistry(folder: URL = SCHEMAS): Promise<SchemaRegistry> {
  const ids: Record<string, string> = JSON.parse(await readFile(new URL('ids.json', folder), 'utf8'));
  const files = await Promise.all(
    Object.entries(ids).map(async ([id, file]) => [Number(id), await readFile(new URL(file, folder), 'utf8')] as const),
  );
  const schemas = new Map(files.map(([id, schema]) => [id, { schema, references: [] }]));
  return {
    schemaOf: async (id) => schemas.get(id) ?? null,
    idOf: async (subject, schema) => {
      const wanted = JSON.stringify(JSON.parse(schema));
      const found = files.findLast(([, released]) => JSON.stringify(JSON.parse(released)) === wanted);
      if (found !== undefined) return found[0];
      throw new EpeeError(
        'SCHEMA_INCOMPATIBLE',
        `The schema written to ${subject} is not one of the released schemas in schemas/ids.json`,
        {
          stage: 'config',
          details: { subject },
          hint: 'Release it; schemas/README.md says how.',
        },
      );
    },
  };
}
