import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Version of the installed ONNX Runtime; does not load it. */
export function runtimeVersion(): string {
  const entry = createRequire(import.meta.url).resolve('onnxruntime-node');
  return JSON.parse(readFileSync(join(dirname(entry), '..', 'package.json'), 'utf8')).version;
}
