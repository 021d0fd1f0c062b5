import { setTimeout as sleep } from 'node:timers/promises';
import { type Program, startEpee } from '../integration/cli-support/program.ts';
import { idsOf, type JobsProcess, openJobsScene, rowsOf } from '../integration/jobs-support/scene.ts';
import { type ChildWorker, spawnChild } from '../integration/worker-support/spawn-child.ts';
import { watchMemory } from './memory.ts';

/** What is to be proved. */
export interface ProofOptions {
  readonly notes: number;
  readonly kills: number;
  readonly seed: number;
  readonly kafkaPids: readonly number[];
  readonly signal: AbortSignal;
  tell(line: string): void;
}

/** Victims, in turn. */
const VICTIMS = ['jobs', 'redis', 'worker', 'jobs', 'command'] as const;
const DEADLINE_MS = 60 * 60_000;
const ROWS_PER_FILE = 50_000;
/** Longest wait after a share of the notes is sent, so that kills meet every point of a chunk's way. */
const JITTER_MS = 400;
const WATCH_MEMORY_EVERY_MS = 500;

/** Imports notes while processes are killed, and checks that each has exactly one result. */
export async function prove({ notes, kills, seed, kafkaPids, signal, tell }: ProofOptions): Promise<{ readonly ok: boolean }> {
  const random = randomOf(seed);
  const scene = await openJobsScene({ partitions: 4 });
  const memory = watchMemory(WATCH_MEMORY_EVERY_MS);
  const commands: Program[] = [];
  const workers: ChildWorker[] = [];
  let jobs: JobsProcess | undefined;
  try {
    kafkaPids.forEach((pid, at) => void memory.is(`kafka-${at}`, pid));
    memory.is('redis', scene.redis.pid);
    for (let from = 0; from < notes; from += ROWS_PER_FILE)
      scene.put(`in/notes-${String(from).padStart(9, '0')}.jsonl`, rowsOf(Math.min(ROWS_PER_FILE, notes - from), 'note', from));

    const startJobs = () => {
      jobs = scene.startJobs();
      memory.is('jobs', jobs.pid);
      return jobs;
    };
    const startWorker = () => {
      const worker = spawnChild({ options: scene.options, delayMs: 0, killAt: null, killAtCall: 0 });
      workers.push(worker);
      memory.is('worker', worker.process.pid!);
    };
    const startCommand = (args: readonly string[]) => {
      const command = startEpee(['batch', ...args], { env: scene.env });
      commands.push(command);
      command.ended.catch(() => undefined);
      return command;
    };

    startJobs();
    startWorker();
    const first = startCommand(['import', `${scene.folder}/in`]);
    await first.seen(/batch-\S+ begins/);
    const [job] = await scene.store.list(1);
    const id = job!.id;
    const startedMs = performance.now();
    const dead: string[] = [];
    for (let kill = 0; kill < kills; kill++) {
      await scene.until(id, 'so many are sent', ({ sent }) => sent >= ((kill + 0.5) / kills) * notes * 0.95, DEADLINE_MS);
      await sleep(random() * JITTER_MS);
      signal.throwIfAborted();
      const victim = VICTIMS[kill % VICTIMS.length]!;
      dead.push(victim);
      tell(`${elapsed(startedMs)} kill ${kill + 1} of ${kills}: ${victim}`);
      if (victim === 'jobs') {
        await jobs!.kill();
        startJobs();
      } else if (victim === 'worker') {
        workers.at(-1)!.process.kill('SIGKILL');
        await workers.at(-1)!.ended;
        startWorker();
      } else if (victim === 'redis') {
        await scene.redis.kill();
        await scene.redis.restart();
        memory.is('redis', scene.redis.pid);
      } else {
        commands.at(-1)!.kill('SIGKILL');
        await commands.at(-1)!.ended.catch(() => undefined);
        startCommand(['status', id, '--watch']);
      }
    }
    const end = await scene.untilState(id, 'done', DEADLINE_MS);
    const seconds = (performance.now() - startedMs) / 1000;
    memory.stop();
    const watched = await commands.at(-1)!.ended;
    const report = { sent: end.sent, extracted: end.extracted, deadLetters: end.deadLetters, unreadable: end.unreadable };

    const expected = idsOf(notes, 'note');
    const onTopics = await Promise.all(
      [scene.topics.batchNotes, scene.topics.results].map(async (topic) => [topic, compare(expected, await scene.readAll(topic))] as const),
    );
    const faults = onTopics.map(([, { lost, doubled }]) => lost + doubled).reduce((sum, number) => sum + number, 0);
    const counted = end.sent === notes && end.extracted === notes && end.deadLetters === 0 && end.unreadable === 0;
    const ok = faults === 0 && counted && watched.exitCode === 0;

    tell(`seed ${seed}: ${notes} notes, ${kills} kills (${dead.join(', ') || 'none'}), ${seconds.toFixed(1)} s`);
    tell(`report: ${JSON.stringify(report)}; the watching command ended with ${watched.exitCode}`);
    for (const [topic, { found, lost, doubled }] of onTopics) tell(`${topic}: ${found} records, ${lost} lost, ${doubled} doubled`);
    tell('memory by quarters of the run, MiB:');
    for (const [name, quarters] of Object.entries(memory.quarters()))
      tell(`  ${name.padEnd(8)} ${quarters.map((mib) => (mib === null ? '-' : mib.toFixed(0)).padStart(6)).join('')}`);
    tell(ok ? 'every note has exactly one result' : 'FAILED');
    if (!ok) tell(`log of the last jobs service:\n${jobs!.log().slice(-5000)}`);
    return { ok };
  } finally {
    memory.stop();
    for (const command of commands) command.kill('SIGKILL');
    for (const worker of workers) {
      worker.process.kill('SIGKILL');
      await worker.ended;
    }
    await scene.close();
  }
}

const elapsed = (sinceMs: number) => `${((performance.now() - sinceMs) / 1000).toFixed(1).padStart(6)} s`;

function compare(expected: readonly string[], records: readonly { readonly key: Buffer | null }[]) {
  const seen = new Map<string, number>();
  for (const { key } of records) seen.set(String(key), (seen.get(String(key)) ?? 0) + 1);
  return {
    found: records.length,
    lost: expected.filter((id) => !seen.has(id)).length,
    doubled: [...seen.values()].filter((times) => times > 1).length,
  };
}

/** Mulberry32: numbers in [0, 1) that a seed decides. */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
