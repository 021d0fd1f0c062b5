import { type Findings, isClean } from '../support/oracle.ts';
import type { Victim } from './draw.ts';

/** What a run did and found. */
export interface SoakReport {
  readonly seed: number;
  readonly kills: Readonly<Record<Victim, number>>;
  /** Notes that the brokers acknowledged. */
  readonly notes: number;
  /** Whether output and input were compared; without it there are no findings. */
  readonly isCompared: boolean;
  /** Records on the input topic: more than `notes` where a send was repeated because its outcome was unknown. */
  readonly input: number;
  readonly results: number;
  readonly deadLetters: number;
  readonly seconds: number;
  /** What the topic shows at the end, and what the concurrent reader saw. */
  readonly atEnd: Findings;
  readonly seen: Findings;
  /** Documents of which Redis does not hold the newest result. */
  readonly redisDiffering: readonly string[];
  /** Why the run could not be finished. */
  readonly problem: string | null;
}

/** Whether everything held. A dead letter is a note without a result: none may be there, as every note of a soak is good. */
export const held = ({ atEnd, seen, redisDiffering, deadLetters, problem, isCompared }: SoakReport): boolean =>
  problem === null && isCompared && isClean(atEnd) && isClean(seen) && redisDiffering.length === 0 && deadLetters === 0;

const number = (value: number) => value.toLocaleString('en-US');
const some = (names: readonly string[]) =>
  names.length === 0 ? '' : `: ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', ...' : ''}`;

/** The report for people. */
export function reportLines(report: SoakReport): string[] {
  const { kills, atEnd, seen } = report;
  const total = Object.values(kills).reduce((sum, count) => sum + count, 0);
  const lost = atEnd.missing.length;
  const head = [
    `seed ${report.seed}, ${Math.floor(report.seconds / 60)} min ${Math.round(report.seconds % 60)} s`,
    `hard kills        ${total} (${Object.entries(kills)
      .map(([victim, count]) => `${count} ${victim}`)
      .join(', ')})`,
  ];
  if (!report.isCompared) return [...head, `not compared      ${report.problem}`, 'DID NOT HOLD'];
  return [
    ...head,
    `notes sent        ${number(report.notes)}, as ${number(report.input)} records`,
    `results           ${number(report.results)} under read_committed`,
    `lost              ${lost}${some(atEnd.missing)}`,
    `doubled           ${atEnd.doubled.length}${some(atEnd.doubled)}`,
    `out of order      ${atEnd.disordered.length}${some(atEnd.disordered)}`,
    `of no note        ${atEnd.foreign.length}${some(atEnd.foreign)}`,
    `dead letters      ${report.deadLetters}`,
    `concurrent reader ${isClean(seen) ? 'saw the same' : `saw ${seen.missing.length} lost, ${seen.doubled.length} doubled, ${seen.disordered.length} out of order`}`,
    `Redis             ${report.redisDiffering.length === 0 ? 'equals the topic' : `differs in ${report.redisDiffering.length} documents${some(report.redisDiffering)}`}`,
    ...(report.problem === null ? [] : [`not finished      ${report.problem}`]),
    held(report) ? 'HELD' : 'DID NOT HOLD',
  ];
}
