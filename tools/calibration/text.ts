import { isGraded, type PolicyTest, pairOf, RISK_WORDS } from '@epee/exits';
import { count, exactPercent, percent, stackedTable } from '@epee/terminal';
import type { CalibrationReport, TaskCalibration } from './report.ts';

/** What was asked for, as far as the text says it. */
export interface AskedRisk {
  readonly risk: keyof typeof RISK_WORDS;
  readonly epsilon: number;
  readonly delta: number;
  readonly documents: 'one' | 'mean';
  readonly dryRun: boolean;
}

const POLICIES = [
  { heading: 'threshold, patience' },
  ...['losses', 'of', 'share', 'p-value', 'mean exit', 'tokens x'].map((heading) => ({ heading, align: 'right' }) as const),
];

/** Rows shown of a task's certified policies. */
const SHOWN = 6;

/** The report as text; its tables are no wider than `width` characters. */
export function calibrationText(
  { model, data, name, tasks, unknownLabels, written }: CalibrationReport,
  asked: AskedRisk,
  width = 80,
): string {
  const excluded = data.excluded === 0 ? '' : `, ${count(data.excluded)} left out`;
  const { risk, epsilon, delta } = asked;
  const parts = [
    [
      `${model.name} ${model.version} on ${data.file} (${count(data.items)} items${excluded})`,
      `risk: ${isGraded(risk) ? 'mean of ' : ''}${RISK_WORDS[risk]}; at most ${exactPercent(epsilon)} with confidence ${exactPercent(1 - delta)}`,
    ].join('\n'),
    ...tasks.map((task) => taskTable(task, asked, width)),
  ];
  const strange = Object.entries(unknownLabels).map(([label, times]) => `${label} (${times})`);
  if (strange.length > 0) parts.push(`Labels that the model does not know: ${strange.join(', ')}`);
  if (written !== null) {
    parts.push(
      [
        `Policy ${name} is written into manifest.json, whose SHA-256 is now ${written.slice(0, 12)}.`,
        `Use it with --policy ${name}, EPEE_POLICY=${name} or the header epee-policy.`,
      ].join('\n'),
    );
  } else if (asked.dryRun) parts.push('Nothing was written (--dry-run).');
  return parts.join('\n\n');
}

function taskTable(task: TaskCalibration, asked: AskedRisk, width: number): string {
  const { tests, chosen, documents, cases } = task;
  const passed = tests.filter(({ certified }) => certified);
  const n = tests[0]?.n ?? 0;
  const unit = asked.documents === 'one' ? 'one answer per document' : 'mean of a document’s answers';
  const answers = `${count(cases)} answers of ${count(documents)} documents (${unit}: n = ${count(n)})`;
  const head = `${task.task}: ${answers}, ${passed.length} of ${tests.length} pairs certified`;
  if (chosen === null) return `${head}\n${shortfallWords(task, asked)}`;
  const shown = passed.toSorted((a, b) => a.tokenLayers - b.tokenLayers).filter((test, at) => at < SHOWN || test === chosen);
  const rows = shown.map((test) => policyCells(test, test === chosen ? ' (chosen)' : ''));
  const lines = [head, stackedTable(POLICIES, rows, width)];
  const { timeSpeedUp = null, timeBatchRows = null } = task.certificate ?? {};
  if (timeSpeedUp !== null) lines.push(`measured at batch ${timeBatchRows} in fp32: ${timeSpeedUp.toFixed(2)}x as fast as full depth`);
  if (chosen.tokenSpeedUp <= 1) lines.push('It saves nothing: all rows still run all layers.');
  for (const [name, own] of Object.entries(chosen.classes))
    lines.push(`  class ${name}: ${own.losses} of ${own.n}, p ${own.pValue.toPrecision(2)}`);
  const uncovered = Object.entries(task.uncovered).map(([name, amount]) => `${name} (${amount})`);
  if (uncovered.length > 0) lines.push(`  classes with too few answers, for which nothing is shown: ${uncovered.join(', ')}`);
  return lines.join('\n');
}

function policyCells(test: PolicyTest, remark: string): string[] {
  const { policy, losses, n, pValue, meanExitLayer, tokenSpeedUp } = test;
  const whole = Number.isInteger(losses) ? String(losses) : losses.toFixed(1);
  return [
    pairOf(policy) + remark,
    whole,
    count(n),
    percent(losses / n),
    pValue.toPrecision(2),
    meanExitLayer.toFixed(2),
    tokenSpeedUp.toFixed(2),
  ];
}

function shortfallWords({ shortfall }: TaskCalibration, { epsilon }: AskedRisk): string {
  const { n, needed, nearest, neededAtRate } = shortfall!;
  if (n < needed) return `Too few: ${count(n)} documents, and even a policy without a single loss needs ${count(needed)}. full stays.`;
  if (nearest === null) return 'There was nothing to test. full stays.';
  const seen = `the nearest pair (${pairOf(nearest.policy)}) has losses in ${percent(nearest.rate)}`;
  if (neededAtRate === null)
    return `No pair passes: ${seen}, which is ${nearest.rate < epsilon ? 'too close to' : 'not under'} ${exactPercent(epsilon)}; no number of documents would do. full stays.`;
  return `No pair passes with ${count(n)} documents: ${seen}; at that rate it takes about ${count(neededAtRate)}. full stays.`;
}
