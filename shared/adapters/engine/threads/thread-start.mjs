// First module of a worker thread. Plain JavaScript: Node 20's threads come without the TypeScript loader of the program that starts them.
import { workerData } from 'node:worker_threads';
import { register } from 'tsx/esm/api';

register();
await import(workerData.entry);
