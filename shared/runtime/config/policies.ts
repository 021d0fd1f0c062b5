import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Names of the exit policies that every task of a model package has, as its manifest lists them. Null where there is no such
 * package: programs that do not load the model may run where it does not lie.
 * @param folder of the package; null: there is none
 */
export function readPolicies(folder: string | null): readonly string[] | null {
  if (folder === null) return null;
  try {
    const { tasks } = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
    const [first, ...others]: string[][] = tasks.map(({ policies }: { policies: object }) => Object.keys(policies));
    return first!.filter((name) => others.every((names) => names.includes(name)));
  } catch {
    return null;
  }
}
