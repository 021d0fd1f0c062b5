import { duration, percent } from '@epee/terminal';
import type { Ratio } from '@epee/timing';
import type {
  BenchReport,
  ExitMeasurement,
  LatencyMeasurement,
  MemoryPoint,
  PeerMeasurement,
  PipelineMeasurement,
  RowsUsed,
  TransactionMeasurement,
} from './report.ts';

/** A table of figures: the terminal and docs/BENCHMARKS.md show the same ones. */
export interface FigureTable {
  readonly title: string;
  /** What the rows of the table were measured on. */
  readonly about: string;
  readonly headings: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** All tables of a report, in order. */
export function figureTables({ exits, peers, pipeline, transactions, latency }: BenchReport): FigureTable[] {
  return [
    ...(exits === null ? [] : exitTables(exits)),
    ...(peers ?? []).map(peerTable),
    ...(pipeline === null ? [] : pipelineTables(pipeline)),
    ...(transactions === null ? [] : [transactionTable(transactions)]),
    ...(latency === null ? [] : [latencyTable(latency)]),
  ];
}

const times = (value: number) => `${value.toFixed(2)}x`;
const range = ({ steady, lowest, highest }: Ratio) => `${times(steady)} (${lowest.toFixed(2)}-${highest.toFixed(2)})`;
const ms = (value: number) => (value >= 10 ? value.toFixed(1) : value.toFixed(2));

function aboutRows({ name, rows, meanTokens, byTask }: RowsUsed): string {
  const tasks = Object.entries(byTask).map(([task, count]) => `${count} ${task}`);
  return `${rows} rows of ${name} (${tasks.join(', ')}), ${meanTokens.toFixed(1)} tokens on average`;
}

function exitTables(all: readonly ExitMeasurement[]): FigureTable[] {
  const names = [...new Set(all.map(({ rows }) => rows.name))];
  return names.map((name) => {
    const own = all.filter(({ rows }) => rows.name === name);
    const [first] = own as [ExitMeasurement];
    return {
      title: `Exits: ${name}`,
      about: `${aboutRows(first.rows)}; one thread, ${first.rounds} rounds (lowest-highest of them); mean exit layer ${first.meanExitLayer.toFixed(2)}`,
      headings: [
        'precision, batch',
        'plain ms/row',
        'exits off ms/row',
        'exits ms/row',
        'overhead of exits off',
        'fewer layers: rows',
        'tokens',
        'time',
        'efficiency',
        'against plain',
      ],
      rows: own.map((one) => [
        `${one.precision}, ${one.batchRows}`,
        ms(one.rowMs.plain),
        ms(one.rowMs.full),
        ms(one.rowMs.exits),
        `${percent(one.overhead.steady - 1)} (${percent(one.overhead.lowest - 1)} to ${percent(one.overhead.highest - 1)})`,
        times(one.rowSpeedUp),
        times(one.tokenSpeedUp),
        range(one.timeSpeedUp),
        one.efficiency.toFixed(2),
        times(one.plainSpeedUp.steady),
      ]),
    };
  });
}

function peerTable({ rows, torch, python, rounds, sameExits, sides }: PeerMeasurement): FigureTable {
  return {
    title: `PyTorch, the authors' way, and transformers.js: ${rows.name}`,
    about: `${aboutRows(rows)}; PyTorch ${torch}, Python ${python}, one thread each, ${rounds} rounds; ${sameExits} of ${rows.rows} rows left after the same layer`,
    headings: [
      'side',
      'ms/row',
      "against the authors' way",
      'against PyTorch, batch 1, exits',
      'against transformers.js at its best batch',
    ],
    rows: sides.map(({ name, rowMs, againstAuthors, againstPyTorch, againstTransformersJs }) => [
      name,
      ms(rowMs),
      range(againstAuthors),
      range(againstPyTorch),
      againstTransformersJs === null ? 'not measured' : range(againstTransformersJs),
    ]),
  };
}

function pipelineTables(measured: PipelineMeasurement): FigureTable[] {
  const { notes, source, meanCharacters, policy, precision, engineThreads, topicPartitions, parts, ratios } = measured;
  const about = `${notes} ${source} (${Math.round(meanCharacters)} characters on average), policy ${policy}, ${precision}, ${engineThreads} engine threads, ${topicPartitions} partitions; both ways in turns, ${parts} parts`;
  const cpu = Object.entries(measured.cpuSeconds ?? {});
  return [
    {
      title: 'Pipeline: Kafka, worker, projector and Redis beside epee extract',
      about,
      headings: ['', 'time', 'notes/s', 'against epee extract'],
      rows: [
        ['epee extract', duration(measured.extractSeconds), measured.extractNotesPerSecond.toFixed(1), '1.00x'],
        [
          'Kafka, last result on its topic',
          duration(measured.kafkaSeconds),
          measured.kafkaNotesPerSecond.toFixed(1),
          `${times(measured.ratio)} (parts: ${ratios.map((one) => one.toFixed(2)).join(', ')})`,
        ],
        [
          'Kafka, last result in Redis',
          duration(measured.redisSeconds),
          (notes / measured.redisSeconds).toFixed(1),
          times(measured.redisSeconds / measured.extractSeconds),
        ],
      ],
    },
    {
      title: 'Pipeline: what it used',
      about: `${measured.sameResults} of ${notes} notes have the same items both ways, ${measured.deadLetters} dead letters; mean exit layer ${measured.meanExitLayer.toFixed(2)}, ${percent(measured.layersSaved)} of the layers saved`,
      headings: ['', 'value'],
      rows: [
        ...memoryRows('worker', measured.workerMemory),
        ...memoryRows('projector', measured.projectorMemory),
        ...memoryRows('ingest', measured.ingestMemory),
        ...cpu.map(([name, seconds]) => [`processor time, ${name}`, duration(seconds)]),
      ],
    },
  ];
}

/** Memory after each part, with its growth since the first that counts: what a warm-up fills is not growth. */
function memoryRows(name: string, points: readonly MemoryPoint[]): string[][] {
  const first = points.find(({ part }) => part > 0)?.rssMiB;
  return points.map(({ part, rssMiB }) => {
    const growth =
      part > 0 && first !== undefined && rssMiB !== first ? ` (${rssMiB > first ? '+' : ''}${percent(rssMiB / first - 1)})` : '';
    return [`${name}'s memory after ${percent(part).replace('.0', '')} of the notes`, `${Math.round(rssMiB)} MiB${growth}`];
  });
}

function transactionTable(measured: TransactionMeasurement): FigureTable {
  const { notes, source, policy, precision, engineThreads, topicPartitions, parts, ratios } = measured;
  return {
    title: 'Transactions: exactly once beside at least once',
    about: `${notes} ${source}, policy ${policy}, ${precision}, ${engineThreads} engine threads, ${topicPartitions} partitions; both in turns, ${parts} parts; until the last result is read with read_committed`,
    headings: ['worker', 'notes/s', 'against without'],
    rows: [
      ['idempotent sends, then the offset', measured.plainNotesPerSecond.toFixed(1), '1.00x'],
      [
        'one transaction a sub-batch',
        measured.transactionsNotesPerSecond.toFixed(1),
        `${times(measured.ratio)} (parts: ${ratios.map((one) => one.toFixed(2)).join(', ')})`,
      ],
    ],
  };
}

function latencyTable(measured: LatencyMeasurement): FigureTable {
  const { source, policy, precision, engineThreads, topicPartitions, secondsPerRow, capacityNotesPerSecond, rows } = measured;
  return {
    title: 'Latency: single notes from HTTP to Redis',
    about: `${source}, policy ${policy}, ${precision}, ${engineThreads} engine threads, ${topicPartitions} partitions; ${secondsPerRow} s per row; capacity ${capacityNotesPerSecond.toFixed(1)} notes/s`,
    headings: ['load', 'notes/s', 'notes', 'p50 ms', 'p99 ms', 'most ms', 'p99 against one after the other'],
    rows: rows.map(({ name, offeredNotesPerSecond, notes, p50Ms, p99Ms, mostMs, againstLone }) => [
      name,
      offeredNotesPerSecond === null ? '' : offeredNotesPerSecond.toFixed(1),
      String(notes),
      p50Ms.toFixed(0),
      p99Ms.toFixed(0),
      mostMs.toFixed(0),
      times(againstLone),
    ]),
  };
}
