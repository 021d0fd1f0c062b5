import { type ComputeSummary, count, counted, duration, layersSaved, meanExitLayer, short } from '@epee/terminal';
import { type Agreement, isComplete } from './agreement.ts';

/** What came of the demo. */
export interface DemoReport {
  readonly agreement: Agreement;
  /** Of the notes: another model reads images. */
  readonly compute: ComputeSummary;
  /** From the first document sent to the last result on the topic. */
  readonly seconds: number;
  /** Where the services wrote their logs. */
  readonly logFolder: string;
}

/** The last lines: speed, layers saved, and whether everything arrived. */
export function demoText({ agreement, compute, seconds }: DemoReport): string {
  const { sent, onTopic, inRedis, differing } = agreement;
  const rows = `${count(compute.rows)} rows, mean exit layer ${meanExitLayer(compute)?.toFixed(1) ?? '-'} of ${layersOf(compute)}`;
  const same = isComplete(agreement);
  return [
    `${counted(onTopic, 'document')} in ${duration(seconds)}: ${short(seconds > 0 ? onTopic / seconds : 0)} documents/s`,
    `${layersSaved(compute)}: ${rows}`,
    `results on topic ${onTopic} ${equals(onTopic, inRedis)} results in Redis ${inRedis} ${equals(inRedis, sent)} documents sent ${sent}${same ? ', contents the same' : ''}`,
    ...(same ? [] : [`NOT THE SAME: ${differing.join(', ')}`]),
  ].join('\n');
}

const equals = (a: number, b: number) => (a === b ? '=' : '!=');

const layersOf = ({ rows, layersFull }: ComputeSummary) => (rows === 0 ? '-' : String(Math.round(layersFull / rows)));
