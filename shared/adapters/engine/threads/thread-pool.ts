import { Worker } from 'node:worker_threads';
import { EpeeError } from '@epee/errors';
import type { GraphReport } from '../graph/graph-contract.ts';
import { buffersOf, type NamedTensor } from '../graph/tensors.ts';
import type { FromThread, ThreadData, ToThread } from './thread-protocol.ts';

/** Options of a {@link ThreadPool}. */
export interface ThreadPoolOptions extends ThreadData {
  readonly threads: number;
  /**
   * Compiled module that each thread runs.
   * @default the batch thread; tests give one that fails on purpose
   */
  readonly threadEntry?: URL;
}

/** The outputs of a batch and its time inside the runtime. */
export interface RanBatch {
  readonly outputs: readonly NamedTensor[];
  readonly runMs: number;
}

const BATCH_THREAD = new URL('./batch-thread.js', import.meta.url);
const TRIES_PER_BATCH = 2;
const FAILED_STARTS_TO_GIVE_UP = 3;

interface Job {
  readonly inputs: () => readonly NamedTensor[];
  readonly resolve: (batch: RanBatch) => void;
  readonly reject: (error: EpeeError) => void;
  tries: number;
}

interface Thread {
  readonly worker: Worker;
  isReady: boolean;
  job: Job | null;
  /** Why the thread ended or could not load, once known. */
  trouble: string;
}

/**
 * Worker threads with one session each. A thread that ends is replaced, and its batch runs once
 * more. After three failed loads in a row the pool stops replacing.
 */
export class ThreadPool {
  readonly #options: ThreadPoolOptions;
  readonly #threads = new Set<Thread>();
  #jobs: Job[] = [];
  #report: GraphReport | null = null;
  #failedStarts = 0;
  #broken: EpeeError | null = null;
  #started = false;
  #closing = false;
  #waiters: (() => void)[] = [];

  private constructor(options: ThreadPoolOptions) {
    this.#options = options;
  }

  /**
   * Starts the threads and waits until each has loaded the graph.
   * @throws EpeeError MODEL_LOAD_FAILED with the runtime's message
   */
  static async start(options: ThreadPoolOptions): Promise<ThreadPool> {
    const pool = new ThreadPool(options);
    for (let index = 0; index < options.threads; index++) pool.#spawn();
    await pool.#until(() => pool.#broken !== null || [...pool.#threads].every(({ isReady }) => isReady));
    pool.#started = true;
    if (pool.#broken === null) return pool;
    await pool.close();
    throw pool.#broken;
  }

  /** The inputs and outputs of the graph, as the runtime reports them. */
  get report(): GraphReport {
    return this.#report!;
  }

  /**
   * Runs one batch on the next free thread.
   * @param inputs makes the tensors of the batch; called again for the second try, because the
   * buffers move to the thread
   * @throws EpeeError ENGINE_WORKER_DIED or ENGINE_RUN_FAILED after the second try,
   * MODEL_LOAD_FAILED when no thread is left
   */
  run(inputs: () => readonly NamedTensor[]): Promise<RanBatch> {
    if (this.#broken !== null) return Promise.reject(this.#broken);
    return new Promise((resolve, reject) => {
      this.#jobs.push({ inputs, resolve, reject, tries: 0 });
      this.#dispatch();
    });
  }

  /** Waits for all batches, then for the threads to end. */
  async close(): Promise<void> {
    await this.#until(() => this.#jobs.length === 0 && [...this.#threads].every(({ job }) => job === null));
    this.#closing = true;
    for (const { worker } of this.#threads) worker.postMessage({ type: 'close' } satisfies ToThread);
    await this.#until(() => this.#threads.size === 0);
  }

  #spawn(): void {
    const { threadEntry = BATCH_THREAD, graphPath, provider, outputs } = this.#options;
    const workerData: ThreadData = { graphPath, provider, outputs };
    const worker = new Worker(threadEntry, { workerData });
    const thread: Thread = { worker, isReady: false, job: null, trouble: '' };
    this.#threads.add(thread);
    worker.on('message', (message: FromThread) => this.#receive(thread, message));
    worker.on('error', (error) => {
      thread.trouble = error.message;
    });
    worker.on('exit', (code) => this.#bury(thread, code));
  }

  #receive(thread: Thread, message: FromThread): void {
    const { job } = thread;
    if (message.type === 'load-failed') {
      thread.trouble = message.message;
      return;
    }
    if (message.type === 'ready') {
      thread.isReady = true;
      this.#report ??= message.report;
      this.#failedStarts = 0;
    }
    thread.job = null;
    if (message.type === 'done') job?.resolve({ outputs: message.outputs, runMs: message.runMs });
    if (message.type === 'failed' && job !== null) this.#retry(job, runFailed(message.message));
    this.#dispatch();
    this.#wake();
  }

  #bury(thread: Thread, exitCode: number): void {
    this.#threads.delete(thread);
    const trouble = thread.trouble || `exit code ${exitCode}`;
    if (thread.job !== null) this.#retry(thread.job, workerDied(trouble));
    if (!this.#closing) this.#replace(thread, trouble);
    this.#dispatch();
    this.#wake();
  }

  #replace(dead: Thread, trouble: string): void {
    if (!dead.isReady) this.#failedStarts += 1;
    if (this.#failedStarts < (this.#started ? FAILED_STARTS_TO_GIVE_UP : 1)) {
      this.#spawn();
    } else if (!this.#started || this.#threads.size === 0) {
      this.#broken ??= this.#loadError(trouble);
      for (const job of this.#jobs.splice(0)) job.reject(this.#broken);
    }
  }

  #retry(job: Job, error: EpeeError): void {
    if (job.tries < TRIES_PER_BATCH) this.#jobs.unshift(job);
    else job.reject(error);
  }

  #dispatch(): void {
    for (const thread of this.#threads) {
      if (!thread.isReady || thread.job !== null) continue;
      const job = this.#jobs.shift();
      if (job === undefined) return;
      thread.job = job;
      job.tries += 1;
      const inputs = job.inputs();
      thread.worker.postMessage({ type: 'run', inputs } satisfies ToThread, buffersOf(inputs));
    }
  }

  async #until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }

  #wake(): void {
    for (const resolve of this.#waiters.splice(0)) resolve();
  }

  #loadError(trouble: string): EpeeError {
    const { graphPath, provider } = this.#options;
    const hint =
      provider === 'cuda'
        ? 'EPEE_ENGINE_PROVIDER=cuda needs an NVIDIA GPU and the CUDA libraries of onnxruntime-node (deploy/docker); cpu runs everywhere.'
        : 'Export the package again, or check that enough memory is free.';
    return new EpeeError('MODEL_LOAD_FAILED', `The model runtime cannot load ${graphPath} with provider ${provider}: ${trouble}`, {
      stage: 'engine',
      hint,
    });
  }
}

function workerDied(trouble: string): EpeeError {
  return new EpeeError('ENGINE_WORKER_DIED', `Two worker threads of the engine ended during the same batch: ${trouble}`, {
    stage: 'engine',
  });
}

function runFailed(trouble: string): EpeeError {
  return new EpeeError('ENGINE_RUN_FAILED', `The model runtime failed twice on a batch: ${trouble}`, { stage: 'engine' });
}
