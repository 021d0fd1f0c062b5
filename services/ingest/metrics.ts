import type { Metrics } from '@epee/telemetry';

/** The metrics of ingest. */
export type IngestMetrics = ReturnType<typeof ingestMetrics>;

/** Makes the metrics of ingest. @param inFlightBytes answers the bytes of requests in flight now */
export function ingestMetrics(metrics: Metrics, inFlightBytes: () => number) {
  metrics.gauge({
    name: 'epee_ingest_in_flight_bytes',
    help: 'Bytes of requests in flight',
    collect: (gauge) => gauge.set(inFlightBytes()),
  });
  return {
    notes: metrics.counter({
      name: 'epee_ingest_notes_total',
      help: 'Notes by outcome; code is the error of a refused note',
      labels: ['outcome', 'code'],
    }),
    images: metrics.counter({
      name: 'epee_ingest_images_total',
      help: 'Images by outcome; code is the error of a refused image',
      labels: ['outcome', 'code'],
    }),
    requests: metrics.counter({
      name: 'epee_ingest_requests_total',
      help: 'HTTP requests by route and status',
      labels: ['route', 'status'],
    }),
    publishSeconds: metrics.histogram({
      name: 'epee_ingest_publish_seconds',
      help: 'Time from a publish to its acknowledgement by all replicas',
      buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30],
    }),
  };
}
