import type { BatchDefinition, BatchJob, BatchState } from './types.ts';

/** Fields of a new import. */
export const newJob = (definition: BatchDefinition): Record<string, string> => ({
  definition: JSON.stringify(definition),
  state: 'importing',
  run: '1',
  nextChunk: '0',
});

/** An import from the fields of its hash, or null where there is none. */
export function jobOf(fields: Readonly<Record<string, string>>): BatchJob | null {
  if (fields.definition === undefined) return null;
  const number = (name: string) => Number(fields[name] ?? 0);
  const time = (name: string) => (fields[name] === undefined ? null : Number(fields[name]));
  const parsed = <T>(name: string): T | null => (fields[name] === undefined ? null : JSON.parse(fields[name]));
  const codes = Object.entries(fields).filter(([name, value]) => name.startsWith('code:') && Number(value) > 0);
  return {
    ...(JSON.parse(fields.definition) as BatchDefinition),
    state: fields.state as BatchState,
    run: number('run'),
    nextChunk: number('nextChunk'),
    position: parsed('position'),
    totals: parsed('totals'),
    owner: fields.owner ?? null,
    intent: parsed('intent'),
    failure: parsed('failure'),
    sent: number('sent'),
    unreadable: number('unreadable'),
    extracted: number('extracted'),
    deadLetters: number('deadLetters'),
    deadLettersByCode: Object.fromEntries(codes.map(([name, value]) => [name.slice('code:'.length), Number(value)])),
    rows: number('rows'),
    layersRun: number('layersRun'),
    layersFull: number('layersFull'),
    startedAtMs: time('startedAtMs'),
    sentAtMs: time('sentAtMs'),
    finishedAtMs: time('finishedAtMs'),
  };
}

/** The fields of a hash as Redis lists them, one after the other. */
export const pairs = (list: readonly string[]): Record<string, string> =>
  Object.fromEntries(Array.from({ length: list.length / 2 }, (_, at) => [list[2 * at]!, list[2 * at + 1]!]));
