import { type CaseUnit, casesOf, eachPortion, type FileReading, type ScoredTask } from '@epee/evaluation';
import type { Case, ExitPolicy } from '@epee/exits';
import type { Watch } from '@epee/terminal';

/** What a file's tasks gave. */
export interface CollectedCases {
  /** By task of the model. */
  readonly cases: ReadonlyMap<string, readonly Case[]>;
  /** Labels of the file that the model does not know, with how often they occur. */
  readonly unknownLabels: Readonly<Record<string, number>>;
}

/** How cases are made. */
export interface CollectOptions {
  /** That the cases will be followed under. */
  readonly policies: readonly ExitPolicy[];
  /** What one case is, of notes without wanted answers. */
  readonly unit: CaseUnit;
}

/** Reads the answers to a file's items at every layer, as cases. */
export async function collectCases(
  files: FileReading,
  tasks: readonly ScoredTask[],
  { policies, unit }: CollectOptions,
  watch: Watch,
): Promise<CollectedCases> {
  const cases = new Map<string, Case[]>();
  const unknownLabels: Record<string, number> = {};
  for (const task of tasks) {
    const reading = await files.task(task);
    await eachPortion(reading, `calibrate ${task}`, watch, async (portion) => {
      for (const one of await casesOf(portion, policies, unit)) {
        if (!cases.has(one.task)) cases.set(one.task, []);
        cases.get(one.task)!.push(one);
      }
    });
    for (const [label, times] of Object.entries(reading.unknownLabels)) unknownLabels[label] = (unknownLabels[label] ?? 0) + times;
  }
  return { cases, unknownLabels };
}
