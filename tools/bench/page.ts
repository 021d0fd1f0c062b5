import { duration } from '@epee/terminal';
import { type FigureTable, figureTables } from './figures.ts';
import type { BenchReport } from './report.ts';

const HEAD = `# Benchmarks

The command below made this page, except for the last part, which holds what other commands printed. Times are those of one machine on one
day: read the ratios. The sides of a table ran in turns in one run, on the same rows, after a warm-up round. A time is the sum of each
batch's median over the rounds; the lowest and the highest round are in parentheses.
`;

const EXPLAINED = `## How to read them

- *batch*: rows in the order of their length. In a large batch rows of unlike length meet, the more so the fewer rows there are in all: more
  of the batch is padding, so a row may take longer.
- *plain*: the same weights in a graph without any exit, with the last layer's heads alone. *exits off*: the exit graph with a policy that
  lets no row out.
- *overhead of exits off*: what the heads of every layer and the exit rule cost a batch in which no row leaves. The aim is at most 5 %.
- *fewer layers*: layers of the model over the mean exit layer, with each row counted alike (*rows*) or by its tokens (*tokens*). Time is
  proportional to tokens x layers: if long rows leave later than short ones, counting rows alike promises more than any program could save.
  So *efficiency* is *time* / *tokens*. The aim is at least 0.9.
- *time*: the exit graph with exits off over the same graph with exits. *against plain*: the plain graph over the exit graph with exits, which
  is what a user gains.
- *PyTorch, batch 1, exits*: one row at a time, layer by layer, heads and exit rule after each, with the package's weights (\`bench.py\` of the
  trainer).
- *the authors' way*: the same with each row padded to 512 tokens, as the authors' job evaluates (their \`NLP/job_73mimic.sh\`: batch 1,
  \`max_seq_length\` 512; their \`glue.py\` pads to it), or to the model's positions. A part of what is gained against it is padding left out,
  which needs no exits: the next column is without it.
- *transformers.js*: the same weights and batches at full depth through \`AutoModelForTokenClassification\`, exported by \`torch.onnx\` as its
  users' models are (\`tools/bench/transformers-js\`). Its tokenizer is left out. It runs on the same ONNX Runtime as the graphs.
- *against without*: throughput with transactions over that of the same worker with idempotent sends and a commit of the offset instead
  (\`services/worker/without-transactions.ts\`). The aim is at least 0.9.
- *against epee extract*: the same notes through the code of \`epee extract\` in the same run. The aim is at most 1.15x for the results topic.
  The machine also runs Kafka, Redis, the projector and the reader of the results then.
- *latency*: from the POST of one note until Redis has its result, looked at every 5 ms. Notes of a load come at random, as from many senders.
  The aims: p99 at 70 % of capacity at most 3 times that of one note after the other, beside an import at most 5 times; a note of 950 KB
  raises the p99 of the others by at most 2 s.
`;

/** Line behind which a page holds what other commands printed. */
export const KEPT_FROM = '<!-- kept: what other commands printed -->';

/**
 * The text of docs/BENCHMARKS.md.
 * @param former the page that it replaces; what comes after {@link KEPT_FROM} is kept. @default none
 */
export function benchmarkPage(report: BenchReport, former = ''): string {
  const kept = former.indexOf(KEPT_FROM);
  return kept < 0 ? measuredPage(report) : `${measuredPage(report)}\n${former.slice(kept)}`;
}

function measuredPage(report: BenchReport): string {
  const { date, seconds, command, machine, model, leftOut } = report;
  const policies = Object.entries(model.policies).map(
    ([task, { entropyThreshold, patience }]) => `${task} ${entropyThreshold} / ${patience}`,
  );
  const facts = [
    `| command | \`${command} -o docs/BENCHMARKS.md\` |`,
    `| measured | ${date}, in ${duration(seconds)} |`,
    `| machine | ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.system}; load before ${machine.loadBefore.toFixed(1)} |`,
    `| software | epee ${machine.epee}, ONNX Runtime ${machine.onnxRuntime}, Node ${machine.node} |`,
    `| model | ${model.name} ${model.version} (${model.sha256.slice(0, 12)}), ${model.layers} layers x ${model.hidden} |`,
    `| policy | ${model.policy}: entropy threshold / patience of ${policies.join(', ')} |`,
    ...leftOut.map((reason) => `| left out | ${reason} |`),
  ];
  return [HEAD, `| | |\n|---|---|\n${facts.join('\n')}\n`, ...figureTables(report).map(section), EXPLAINED].join('\n');
}

function section({ title, about, headings, rows }: FigureTable): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [`## ${title}`, '', `${about}.`, '', line(headings), line(headings.map(() => '---')), ...rows.map(line), ''].join('\n');
}
