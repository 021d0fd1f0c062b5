export { type PublishRequest, publishFiles } from './publish-files.ts';
export { publishRows } from './publish-rows.ts';
export { type PublishReport, publishText } from './report.ts';
