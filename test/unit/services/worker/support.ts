import { EpeeError, type EpeeError as EpeeErrorType, type ErrorCode } from '@epee/errors';
import type { FetchedLog } from '@epee/kafka';
import type { ExtractionResult } from '@epee/records';
import type { FetchedRecord } from '@epee/stream';
import type { Logger, Waits } from '@epee/telemetry';
import type { Surroundings } from '@epee/work';
import type { WorkerMetrics } from '../../../../services/worker/worker-metrics.ts';
import { resultOf as anyResult } from '../../../support/records.ts';

/** A logger that keeps nothing. */
export const silent: Logger = { fatal() {}, error() {}, warn() {}, info() {}, debug() {}, child: () => silent };

/** Metrics that are counted nowhere. */
export const noMetrics: WorkerMetrics = { result() {}, deadLetter() {}, transaction() {}, logChanged() {}, stage() {} };

/** Waits of which nobody hears. */
export const noWaits: Pick<Waits, 'begin'> = { begin: () => ({ on() {}, over() {} }) };

/** A log of which nothing is known. */
export const NO_LOG: FetchedLog = { id: null, start: 0n, endOfEpoch: async () => null };

/** Surroundings in which nothing takes time. */
export const still: Surroundings = { nowMs: () => 1_700_000_000_000, monotonicMs: () => 0, random: () => 0, sleep: async () => {} };

/** One of our errors. */
export const failing = (code: ErrorCode, details: EpeeErrorType['details'] = {}): EpeeErrorType =>
  new EpeeError(code, code, { stage: 'text', details });

/** A record at an offset, its offset as its value. */
export const recordAt = (offset: bigint, over: Partial<FetchedRecord> = {}): FetchedRecord => ({
  offset,
  key: Buffer.from(`doc-${offset}`),
  value: Buffer.from(String(offset)),
  headers: {},
  timestampMs: 1,
  ...over,
});

/** A result for a document. */
export const resultOf = (documentId: string, policy = 'fast'): ExtractionResult =>
  anyResult({
    documentId,
    models: [{ name: 'm', version: '1', sha256: '0', policy }],
    compute: { rows: 2, layersRun: 5, layersFull: 24, computeMs: 1 },
  });
