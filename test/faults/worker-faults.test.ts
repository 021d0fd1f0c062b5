import assert from 'node:assert/strict';
import { DEAD_LETTER_HEADERS, headerText } from '@epee/stream';
import { eventually } from '../integration/worker-support/scene.ts';
import type { Cluster } from './support/cluster.ts';
import { idOf, noteAt } from './support/numbered-notes.ts';
import type { ServiceProcess } from './support/processes.ts';
import { sharedCluster } from './support/shared-cluster.ts';
import { DEADLY_TEXT, FAULT_POINTS, type FaultPoint } from './support/worker-plan.ts';
import { openWorld, type World } from './support/world.ts';

describe('faults of workers', () => {
  let cluster: Cluster;
  let world: World;
  before(async function () {
    this.timeout(240_000);
    cluster = await sharedCluster();
  });
  afterEach(() => world?.close());

  const killedAt = async (at: FaultPoint, pass = 2) => {
    await world.send(60);
    const victim = world.worker({ fault: { signal: 'SIGKILL', at, pass } });
    assert.equal((await victim.ended).signal, 'SIGKILL', `${at}: ${victim.log()}`);
  };

  it('@short SIGKILL in the middle of a commit: the transaction ends, the successor completes it once', async () => {
    world = await openWorld(cluster, { partitions: 1 });
    await killedAt('early-in-commit');
    world.worker();
    await world.assertExactlyOnce();
  });

  it('SIGKILL at each await point: the output is complete, once', async function () {
    this.timeout(600_000);
    world = await openWorld(cluster, { partitions: 1 });
    for (const at of FAULT_POINTS) await killedAt(at, ['opening', 'opened', 'marking', 'marked'].includes(at) ? 1 : 2);
    world.worker();
    await world.assertExactlyOnce({ deadlineMs: 240_000 });
    assert.deepEqual(world.letters(), [], 'kills from outside condemn no record');
  });

  it('a worker frozen past its session and thawed is refused, goes on, and writes nothing twice', async () => {
    world = await openWorld(cluster, { partitions: 2 });
    await world.send(200);
    const zombie = world.worker({ fault: { signal: 'SIGSTOP', at: 'before-commit', pass: 3 } });
    await eventually('it works', () => zombie.messages.includes('committed') || undefined);
    world.worker();
    await world.settled(180_000);
    const before = zombie.messages.length;
    zombie.process.kill('SIGCONT');
    const told = await eventually('how its commit ended', () => zombie.messages.slice(before).find((message) => message !== 'committed'));
    assert.ok(told === 'KAFKA_FENCED' || told === 'KAFKA_OUTCOME_UNKNOWN', String(told));
    await world.send(100);
    await world.assertExactlyOnce({ deadlineMs: 180_000 });
    if (zombie.running()) assert.deepEqual(await zombie.stop(), { code: 0, signal: null }, zombie.log());
    else assert.notEqual((await zombie.ended).code, 0);
  });

  it('rebalance storm: workers come and go every few seconds', async function () {
    this.timeout(600_000);
    world = await openWorld(cluster, { partitions: 4 });
    const workers: ServiceProcess[] = [];
    for (let round = 0; round < 6; round++) {
      workers.push(world.worker({ delayMs: 100 }));
      await world.send(150);
      const seen = world.results();
      await eventually('some results more', () => world.results() > seen + 20 || undefined, 60_000);
      if (round % 3 === 1) await workers.shift()!.stop();
      if (round % 3 === 2) await workers.shift()!.kill();
    }
    await world.assertExactlyOnce({ deadlineMs: 240_000 });
    assert.deepEqual(world.letters(), []);
  });

  it('@short poison records give one dead letter each, with the original bytes, and the rest goes on', async () => {
    world = await openWorld(cluster);
    const poison = [Buffer.alloc(0), Buffer.from('junk'), Buffer.from([0, 0, 0, 0, 1, 255, 255]), Buffer.from([0, 0, 0, 9, 9, 1])];
    const tooLong = world.codec.encodeNote(noteAt(0, world.notes, 'x'.repeat(world.options.noteMaxBytes + 1)));
    await world.send(50);
    await world.sendRecords([...poison, tooLong].map((value, at) => ({ key: `poison-${at}`, value })));
    await world.send(50);
    world.worker();
    await world.assertExactlyOnce();
    const letters = world.letters();
    assert.equal(letters.length, poison.length + 1);
    for (const letter of letters) {
      const at = Number(String(letter.key).split('-')[1]);
      assert.ok(letter.value!.equals([...poison, tooLong][at]!));
      assert.match(headerText(letter, DEAD_LETTER_HEADERS.code) ?? '', /^[A-Z_0-9]+$/);
    }
  });

  it('a record that kills the process is isolated, its neighbours are processed once', async function () {
    this.timeout(600_000);
    world = await openWorld(cluster, { partitions: 2, recordMaxCrashes: 2 });
    const deadly = 70;
    await world.send(140, (at) => (at === deadly ? DEADLY_TEXT : undefined));
    let deaths = 0;
    const supervisor = (async () => {
      for (;;) {
        const { signal } = await world.worker().ended;
        if (signal !== 'SIGKILL') return;
        deaths++;
        // The test's end kills the last.
        if (world.letters().length > 0) return;
      }
    })();
    await world.assertExactlyOnce({ deadlineMs: 240_000 });
    const [letter, ...more] = world.letters();
    assert.deepEqual(more, []);
    assert.equal(headerText(letter!, DEAD_LETTER_HEADERS.code), 'RECORD_CRASHES_WORKER');
    assert.equal(headerText(letter!, DEAD_LETTER_HEADERS.attempts), '2');
    assert.equal(idOf(await world.codec.decodeNote(letter!.value)), idOf(noteAt(deadly, world.notes)));
    assert.equal(deaths, 4, 'once among many, once among few, twice alone');
    await world.close();
    await supervisor;
  });

  it('the clock of a worker steps 10 minutes back, then forth: membership and order are kept', async () => {
    world = await openWorld(cluster);
    const steps = [
      { afterMs: 2000, byMs: -600_000 },
      { afterMs: 8000, byMs: 1_200_000 },
    ];
    const worker = world.worker({ delayMs: 50, clockSteps: steps });
    for (let round = 0; round < 12; round++) {
      await world.send(30);
      await eventually('results', () => world.results() >= 30 * (round + 1) - 60 || undefined, 60_000);
      if (round === 11)
        await eventually('both steps', () => worker.messages.filter((message) => message === 'clock stepped').length === 2 || undefined);
    }
    await world.send(30);
    await world.assertExactlyOnce();
    assert.ok(worker.running(), worker.log());
  });

  it('a slow worker loses neither its partitions nor a note', async () => {
    world = await openWorld(cluster, { partitions: 1 });
    await world.send(200);
    // Each call takes longer than the session.
    const slow = world.worker({ delayMs: 8000 });
    await eventually('first results', () => world.results() > 0 || undefined);
    world.worker({ delayMs: 8000 });
    await world.assertExactlyOnce({ deadlineMs: 240_000 });
    assert.ok(slow.running());
  });
});
