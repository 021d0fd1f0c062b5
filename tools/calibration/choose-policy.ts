import { measurePolicies } from '@epee/evaluation';
import { cheapest, type MeasuredTime, type PolicyTest } from '@epee/exits';
import type { AnyRow, LoadedModel } from '@epee/model';
import type { Watch } from '@epee/terminal';

/** Pairs whose time is measured: those that save the most layers among the certified ones. */
const MEASURED_PAIRS = 6;
const MEASURED = { rounds: 3, maxRows: 256 } as const;
/** Rows of a batch then, if there are so many. */
const MEASURED_BATCH_ROWS = 32;

/** What is chosen for. */
export interface ChoiceParts {
  readonly task: string;
  readonly modelDir: string;
  readonly model: LoadedModel;
  /** Rows to measure with, at most so many; null: nothing is measured. */
  readonly rowsToTime: ((most: number) => Promise<readonly AnyRow[]>) | null;
}

/**
 * The policy that was chosen, null where none was certified, and its time, null unless measured.
 */
export interface Choice {
  readonly chosen: PolicyTest | null;
  readonly time: MeasuredTime | null;
}

/**
 * The certified policy that costs least: in tokens times layers, or, among those that cost least
 * so, in measured time.
 */
export async function choosePolicy(
  tests: readonly PolicyTest[],
  { task, modelDir, model, rowsToTime }: ChoiceParts,
  watch: Watch,
): Promise<Choice> {
  const best = cheapest(tests);
  if (best === null || rowsToTime === null) return { chosen: best, time: null };
  const rows = await rowsToTime(MEASURED.maxRows);
  const candidates = tests
    .filter(({ certified }) => certified)
    .toSorted((a, b) => a.tokenLayers - b.tokenLayers)
    .slice(0, MEASURED_PAIRS);
  const sides = candidates.map(({ policy }, index) => ({ name: String(index), policyOf: () => policy }));
  const batchSizes = [Math.min(MEASURED_BATCH_ROWS, rows.length)];
  const times = await measurePolicies(rows, sides, { ...MEASURED, batchSizes, modelDir, model, what: `measure ${task}` }, watch);
  const timeOf = (test: PolicyTest) => times.find(({ name }) => name === String(candidates.indexOf(test)))!;
  const chosen = cheapest(candidates, (test) => 1 / timeOf(test).speedUp.steady)!;
  const { speedUp, batchRows } = timeOf(chosen);
  return { chosen, time: { speedUp: speedUp.steady, batchRows } };
}
