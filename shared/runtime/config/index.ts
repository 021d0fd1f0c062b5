export { type Environment, type LoadDeps, type LoadedSettings, loadConfig } from './load.ts';
export { OPTIONS, type OptionName, type Settings, TEST_PREFIX } from './options.ts';
export { cliConfig, ingestConfig, jobsConfig, projectorConfig, workerConfig } from './services.ts';
export type * from './shapes.ts';
export { type Option, SERVICE_NAMES, type ServiceName } from './types.ts';
