/**
 * Main module of a batch thread: one session, one batch at a time. `session.run()` blocks its
 * thread, so sessions need threads of their own.
 */
import { performance } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { buffersOf, type NamedTensor, type TensorType } from '../graph/tensors.ts';
import { hasVnni } from './processor.ts';
import type { FromThread, ThreadData, ToThread } from './thread-protocol.ts';

const { graphPath, provider, outputs } = workerData as ThreadData;
const port = parentPort!;

function send(message: FromThread, transfer: readonly ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function load(): Promise<InferenceSession> {
  return InferenceSession.create(graphPath, {
    executionProviders: [provider],
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    // Keeps the memory of the largest batch, whose tokens are bounded. Without the arena, every
    // batch would allocate, clear and free most of it.
    enableCpuMemArena: true,
    // Memory patterns would keep one plan for each shape that ever ran.
    enableMemPattern: false,
    // Processors without VNNI need it, else 8-bit products saturate. The others do not need its
    // slower kernels.
    extra: { session: { x64quantprecision: hasVnni() ? '0' : '1' } },
    logSeverityLevel: 3,
  });
}

async function runBatch(session: InferenceSession, inputs: readonly NamedTensor[]): Promise<void> {
  try {
    const feeds = Object.fromEntries(inputs.map(({ name, type, dims, data }) => [name, new Tensor(type, data, dims)]));
    const startedAt = performance.now();
    const results = await session.run(feeds, outputs);
    const runMs = performance.now() - startedAt;
    const tensors = outputs.map((name): NamedTensor => {
      const { type, dims, data } = results[name]!;
      return { name, type: type as TensorType, dims, data: data as NamedTensor['data'] };
    });
    send({ type: 'done', outputs: tensors, runMs }, buffersOf(tensors));
  } catch (error) {
    send({ type: 'failed', message: messageOf(error) });
  }
}

async function serve(): Promise<void> {
  let session: InferenceSession;
  try {
    session = await load();
  } catch (error) {
    send({ type: 'load-failed', message: messageOf(error) });
    return;
  }
  port.on('message', async (message: ToThread) => {
    if (message.type === 'run') return runBatch(session, message.inputs);
    await session.release();
    port.close();
  });
  const ports = (metadata: readonly InferenceSession.ValueMetadata[]) =>
    metadata.map((port) => ({ name: port.name, type: port.isTensor ? port.type : 'no tensor' }));
  send({ type: 'ready', report: { inputs: ports(session.inputMetadata), outputs: ports(session.outputMetadata) } });
}

await serve();
