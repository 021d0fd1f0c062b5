export { publishFiles } from './publish-files.ts';
export { publishRows } from './publish-rows.ts';
export { publishText } from './report.ts';
