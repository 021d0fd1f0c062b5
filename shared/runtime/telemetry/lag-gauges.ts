import type { Metrics } from './metrics.ts';

/** How far behind a partition's end a reader is. */
export interface LagOfPartition {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly records: bigint;
  readonly blocked: bigint;
  readonly ageMs: number;
}

/**
 * Registers gauges of how far behind a service is on the partitions that it owns now: their series come and go with the partitions, and are of the moment in which they
 * are read.
 * @param service first word of the metrics' names
 */
export function lagGauges(metrics: Metrics, service: string, lags: () => readonly LagOfPartition[]): void {
  const gauge = (name: string, help: string, read: (lag: LagOfPartition) => number) =>
    metrics.gauge({
      name: `epee_${service}_${name}`,
      help,
      labels: ['topic', 'partition'],
      collect(own) {
        own.reset();
        for (const lag of lags()) own.set({ topic: lag.topic, partition: String(lag.partition) }, read(lag));
      },
    });
  gauge('lag_records', 'Records behind the end of a partition that this instance owns.', ({ records }) => Number(records));
  gauge('lag_seconds', 'Age of the oldest record that is not worked on yet.', ({ ageMs }) => ageMs / 1000);
  gauge('blocked_records', 'Of those, records behind an open transaction, which nobody can read yet.', ({ blocked }) => Number(blocked));
}

/** Registers gauges of how far behind whole groups are, whether or not they have members: for scaling from and to zero. */
export function groupLagGauges(metrics: Metrics, lags: () => readonly LagOfPartition[]): void {
  const gauge = (name: string, help: string, add: (sum: number, lag: LagOfPartition) => number) =>
    metrics.gauge({
      name: `epee_group_${name}`,
      help,
      labels: ['group', 'topic'],
      collect(own) {
        own.reset();
        const sums = new Map<string, { readonly group: string; readonly topic: string; sum: number }>();
        for (const lag of lags()) {
          const { group, topic } = lag;
          const key = `${group} ${topic}`;
          const known = sums.get(key) ?? { group, topic, sum: 0 };
          known.sum = add(known.sum, lag);
          sums.set(key, known);
        }
        for (const { group, topic, sum } of sums.values()) own.set({ group, topic }, sum);
      },
    });
  gauge(
    'lag_records',
    'Records that a group has not committed yet, but for those behind an open transaction.',
    (sum, { records, blocked }) => sum + Number(records - blocked),
  );
  gauge('lag_seconds', 'Age of the oldest record that a group has not committed yet.', (sum, { ageMs }) => Math.max(sum, ageMs / 1000));
}
