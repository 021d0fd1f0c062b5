export { type CrashingProcess, guardCrashes } from './crash-guard.ts';
export { errorFields, type LoggedError, stackFrames } from './error-fields.ts';
export { allowedFields, LOG_FIELDS, type LogField, type LogFields } from './fields.ts';
export { addHealthRoutes, type HealthOptions, type ListenOptions, listen, type RunningServer, startHealthServer } from './health-server.ts';
export { type Constant, createLogger, type Logger, type LoggerOptions, type LogMethod } from './logger.ts';
export { createMetrics, METRIC_LABELS, type MetricLabel, type MetricOptions, type Metrics } from './metrics.ts';
export { createProgress, type Probe, type ProbeResult, type Progress } from './progress.ts';
export { type ProcessPort, type RunOptions, runService, type Service, type ServiceConfig } from './run-service.ts';
export { serviceOf } from './service-of.ts';
