import { EpeeError } from '@epee/errors';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/**
 * Labels that a metric may have. Their values come from short, fixed lists: no ids, nothing that
 * grows with the data.
 */
export const METRIC_LABELS = [
  'code',
  'exit_reason',
  'group',
  'kind',
  'layer',
  'model',
  'outcome',
  'partition',
  'policy',
  'route',
  'stage',
  'status',
  'task',
  'topic',
] as const;

/** One of {@link METRIC_LABELS}. */
export type MetricLabel = (typeof METRIC_LABELS)[number];

const UNITS = 'seconds|bytes|notes|images|records|results|rows|layers|tokens|requests|errors|batches|threads|ratio|info|state';
const NAME = new RegExp(`^epee_[a-z][a-z0-9]*(?:_[a-z0-9]+)*_(?:${UNITS})$`);
const COUNTER_NAME = new RegExp(`^epee_[a-z][a-z0-9]*(?:_[a-z0-9]+)*_(?:${UNITS})_total$`);

/** Description of a metric. */
export interface MetricOptions<L extends MetricLabel> {
  /** `epee_<thing>_<unit>`; counters end with `_total`. */
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly L[];
}

/** Makes metrics and prints them for Prometheus. */
export interface Metrics {
  counter<L extends MetricLabel = never>(options: MetricOptions<L>): Counter<L>;
  /** @param options.collect sets the value just before it is read */
  gauge<L extends MetricLabel = never>(options: MetricOptions<L> & { readonly collect?: (gauge: Gauge<L>) => void }): Gauge<L>;
  /** @param options.buckets upper limits in the metric's unit */
  histogram<L extends MetricLabel = never>(options: MetricOptions<L> & { readonly buckets: readonly number[] }): Histogram<L>;
  /** All metrics in Prometheus' text format. */
  text(): Promise<string>;
}

/**
 * Makes the metrics of a service.
 * @param processMetrics whether to add memory, CPU and event-loop metrics of the process
 * (`process_...`, `nodejs_...`)
 * @throws EpeeError (its methods) INTERNAL for a name or label that breaks the rules
 */
export function createMetrics({ processMetrics = false }: { readonly processMetrics?: boolean } = {}): Metrics {
  const registry = new Registry();
  if (processMetrics) collectDefaultMetrics({ register: registry });
  const base = <L extends MetricLabel>(options: MetricOptions<L>, pattern: RegExp) => {
    checkDescription(options, pattern);
    return { name: options.name, help: options.help, labelNames: options.labels ?? [], registers: [registry] };
  };
  return {
    counter: (options) => new Counter(base(options, COUNTER_NAME)),
    gauge: ({ collect, ...options }) => {
      const gauge: Gauge<(typeof options.labels & {})[number]> = new Gauge({
        ...base(options, NAME),
        ...(collect && { collect: () => collect(gauge) }),
      });
      return gauge;
    },
    histogram: (options) => new Histogram({ ...base(options, NAME), buckets: [...options.buckets] }),
    text: () => registry.metrics(),
  };
}

function checkDescription({ name, labels = [] }: MetricOptions<MetricLabel>, pattern: RegExp): void {
  if (!pattern.test(name)) {
    throw new EpeeError(
      'INTERNAL',
      `The metric name ${name} must be epee_<thing>_<unit>, for counters epee_<thing>_<unit>_total; the units are ${UNITS.replaceAll('|', ', ')}`,
      {
        stage: 'config',
      },
    );
  }
  const wrong = labels.filter((label) => !METRIC_LABELS.includes(label));
  if (wrong.length > 0)
    throw new EpeeError('INTERNAL', `The metric ${name} has forbidden labels: ${wrong.join(', ')}`, { stage: 'config' });
}
