import { parseArgs } from 'node:util';
import { startStack } from '../../deploy/local/index.ts';

const USAGE = `npm run test:batch -- [--notes N] [--kills K] [--seed S]

Imports N short notes (default 5000) through the command line, the jobs service and workers, on a Kafka and a Redis of its own, and kills processes K times meanwhile
(default 4): the jobs service, Redis, the worker, the watching command, at places drawn from the seed. At the end every note must have exactly one result. Prints the
memory of every process by quarters of the run. Exit code 0 only where all is as it must be.`;

const { values } = parseArgs({
  options: {
    notes: { type: 'string', default: '5000' },
    kills: { type: 'string', default: '4' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  console.log(USAGE);
  process.exit(0);
}

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
const stack = await startStack({ signal: stop.signal });
let ok = false;
try {
  // Read by what the tests share.
  process.env.EPEE_TEST_KAFKA_BROKERS = stack.env.EPEE_KAFKA_BROKERS;
  const { prove } = await import('./prove.ts');
  const proof = await prove({
    notes: Number(values.notes),
    kills: Number(values.kills),
    seed: Number(values.seed),
    kafkaPids: stack.kafka.nodes.map((node) => node.identity().pid),
    signal: stop.signal,
    tell: (line) => console.log(line),
  });
  ok = proof.ok;
} finally {
  await stack.stop();
}
process.exit(ok ? 0 : 1);
