import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../integration/worker-support/scene.ts';
import { type Cluster, openCluster } from '../support/cluster.ts';
import { judge } from '../support/oracle.ts';
import type { ServiceProcess } from '../support/processes.ts';
import { decoders, observe, originsOf, readTopic } from '../support/reading.ts';
import { openWorld, type World } from '../support/world.ts';
import { drawKills, type Kill, type Victim } from './draw.ts';
import type { SoakOptions } from './options.ts';
import type { SoakReport } from './report.ts';

/** How a run stands, for whoever waits. */
export interface SoakProgress {
  readonly phase: 'starting' | 'killing' | 'draining' | 'comparing';
  readonly seconds: number;
  readonly secondsLeft: number | null;
  readonly kills: number;
  readonly sent: number;
  readonly results: number;
}

/** Time of one call of the stand-in for the model, milliseconds: long enough that kills hit work in hand. */
const EXTRACT_MS = 40;
/** Share of the time in which notes are sent; the last kills hit what is left. */
const SENDING_SHARE = 0.9;
const SEND_EVERY_MS = 2000;
/** Longest wait for a service that was started again. */
const JOIN_MS = 180_000;
/** Longest wait for the last results, then for Redis. */
const DRAIN_MS = 600_000;
const NOTHING = Object.freeze({ missing: [], doubled: [], foreign: [], disordered: [] });

/**
 * Runs a soak on a cluster of its own.
 * @returns the report, and the folder of data and logs, which is kept unless everything held
 */
export async function runSoak(
  options: SoakOptions,
  { onProgress, signal }: { readonly onProgress: (progress: SoakProgress) => void; readonly signal: AbortSignal },
): Promise<{ report: SoakReport; close(keep: boolean): Promise<string> }> {
  const begunMs = performance.now();
  const elapsedMs = () => performance.now() - begunMs;
  onProgress({ phase: 'starting', seconds: 0, secondsLeft: null, kills: 0, sent: 0, results: 0 });
  const cluster = await openCluster({ signal });
  const world = await openWorld(cluster, { partitions: 4, documents: 500 });
  const killer = createKiller(cluster, world, options);
  const durationMs = options.minutes * 60_000;
  const startMs = elapsedMs();
  let phase: SoakProgress['phase'] = 'killing';
  const ticker = setInterval(() => {
    const leftMs = startMs + durationMs - elapsedMs();
    onProgress({
      phase,
      seconds: elapsedMs() / 1000,
      secondsLeft: phase === 'killing' ? Math.max(0, leftMs) / 1000 : null,
      kills: killer.total(),
      sent: world.sent(),
      results: world.reader.records.length,
    });
  }, 1000);
  let problem: string | null = null;
  try {
    await Promise.all([sendAll(world, options.notes, durationMs * SENDING_SHARE, signal), killer.run(durationMs, signal)]);
    await killer.recover();
    phase = 'draining';
    await world.settled(DRAIN_MS);
    await eventuallyEqual(world, signal);
  } catch (error) {
    problem = signal.aborted ? 'interrupted' : (error as Error).message;
  }
  phase = 'comparing';
  const report = await compare(world, killer, { seed: options.seed, seconds: elapsedMs() / 1000, problem, skip: signal.aborted });
  clearInterval(ticker);
  return {
    report,
    async close(keep) {
      killer.end();
      await world.close();
      await cluster.close(keep);
      return cluster.dir;
    },
  };
}

async function sendAll(world: World, notes: number, durationMs: number, signal: AbortSignal): Promise<void> {
  const begunMs = performance.now();
  for (let sent = 0; sent < notes; ) {
    signal.throwIfAborted();
    const due = Math.min(notes, Math.ceil((notes * (performance.now() - begunMs + SEND_EVERY_MS)) / durationMs));
    if (due > sent) await world.send(due - sent);
    sent = Math.max(sent, due);
    if (sent < notes) await sleep(SEND_EVERY_MS, undefined, { signal });
  }
}

async function eventuallyEqual(world: World, signal: AbortSignal): Promise<void> {
  const endMs = performance.now() + DRAIN_MS;
  for (;;) {
    const differing = await world.differing().catch(() => null);
    if (differing?.length === 0 || performance.now() > endMs) return;
    await sleep(1000, undefined, { signal });
  }
}

/** Kills and brings back. */
function createKiller(cluster: Cluster, world: World, { kills, seed, model, workers: count }: SoakOptions) {
  const done: Record<Victim, number> = { worker: 0, broker: 0, redis: 0, projector: 0 };
  let ending = false;
  const startWorker = () => (model === null ? world.worker({ delayMs: EXTRACT_MS }) : world.modelWorker(model));
  // What ends by itself is started again, as a supervisor does.
  const supervised = (start: () => ServiceProcess) => {
    let current = start();
    const watch = async (process: ServiceProcess): Promise<void> => {
      await process.ended;
      if (ending) return;
      current = start();
      void watch(current);
    };
    void watch(current);
    return () => current;
  };
  const workers = Array.from({ length: count }, () => supervised(startWorker));
  const projector = supervised(() => world.projector());
  const recovering: Record<'broker' | 'redis', Promise<void>> = { broker: Promise.resolve(), redis: Promise.resolve() };

  async function killService(current: () => ServiceProcess, early: boolean): Promise<void> {
    const joined = () => current().log().includes('Joined the group') || undefined;
    if (!early) await eventually('a service joins its group', joined, JOIN_MS);
    await current().kill();
  }

  async function kill({ victim, which, early }: Kill): Promise<void> {
    if (victim === 'worker') await killService(workers[Math.floor(which * workers.length)]!, early);
    else if (victim === 'projector') await killService(projector, early);
    else {
      // Of three brokers two must run, and what is down cannot be killed.
      await recovering[victim];
      const server = victim === 'redis' ? cluster.redis : cluster.kafka.nodes[Math.floor(which * cluster.kafka.nodes.length)]!;
      await server.kill();
      recovering[victim] = server.restart();
      recovering[victim].catch(() => undefined);
    }
    done[victim]++;
  }

  return {
    done,
    total: () => Object.values(done).reduce((sum, value) => sum + value, 0),
    async run(durationMs: number, signal: AbortSignal): Promise<void> {
      const begunMs = performance.now();
      for (const drawn of drawKills(seed, kills, durationMs)) {
        await sleep(Math.max(0, drawn.atMs - (performance.now() - begunMs)), undefined, { signal });
        await kill(drawn);
      }
    },
    recover: async () => void (await Promise.all([recovering.broker, recovering.redis])),
    end() {
      ending = true;
    },
  };
}

interface Circumstances {
  readonly seed: number;
  readonly seconds: number;
  readonly problem: string | null;
  /** Whether there is nothing to compare. */
  readonly skip: boolean;
}

async function compare(
  world: World,
  killer: ReturnType<typeof createKiller>,
  { seed, seconds, problem, skip }: Circumstances,
): Promise<SoakReport> {
  const head = { seed, seconds, kills: killer.done, notes: world.sent() };
  const unread = { isCompared: false, input: 0, results: 0, deadLetters: 0, atEnd: NOTHING, seen: NOTHING, redisDiffering: [] };
  if (skip) return { ...head, ...unread, problem };
  try {
    const { topics } = world.options;
    const admin = await world.admin();
    const input = await readTopic(world.kafka, admin, topics.notes);
    const results = await readTopic(world.kafka, admin, topics.results);
    const letters = await readTopic(world.kafka, admin, topics.deadLetters);
    await admin.close();
    const decode = decoders(world.codec);
    const observed = await observe(input, decode.note);
    return {
      ...head,
      isCompared: true,
      input: input.length,
      results: results.length,
      deadLetters: letters.length,
      atEnd: judge(observed, await observe(results, decode.result), originsOf(letters, topics.notes)),
      seen: judge(observed, await observe(world.reader.of(topics.results), decode.result), originsOf(world.letters(), topics.notes)),
      redisDiffering: await world.differing(),
      problem,
    };
  } catch (error) {
    return { ...head, ...unread, problem: problem ?? `the comparison failed: ${(error as Error).message}` };
  }
}
