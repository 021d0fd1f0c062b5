import assert from 'node:assert/strict';
import { benchmarkPage, KEPT_FROM } from '../../../../tools/bench/page.ts';
import type { BenchReport } from '../../../../tools/bench/report.ts';
import { benchText } from '../../../../tools/bench/text.ts';

const rows = { name: 'made-up rows', rows: 64, meanTokens: 20.25, byTask: { events: 60, sections: 4 } };
const ratio = (steady: number) => ({ steady, lowest: steady - 0.1, highest: steady + 0.1 });
const report: BenchReport = {
  formatVersion: 3,
  command: 'epee bench --data DATA --policy fast --rows 128 --rounds 3 --batches 1 8 --notes 2000',
  date: '2030-01-02',
  seconds: 75,
  machine: {
    cpu: 'Abacus 9',
    cores: 3,
    memoryGiB: 7,
    system: 'linux 6 x64',
    node: 'v20',
    onnxRuntime: '1.30.0',
    epee: '0.1.0',
    loadBefore: 0.25,
  },
  model: {
    name: 'tiny',
    version: '1.2.3',
    sha256: 'abcdef0123456789',
    layers: 12,
    hidden: 384,
    policy: 'fast',
    policies: { events: { entropyThreshold: 0.4, patience: 1 }, sections: { entropyThreshold: 0.35, patience: 'off' } },
  },
  exits: [
    {
      rows,
      precision: 'int8',
      batchRows: 32,
      rounds: 5,
      rowMs: { plain: 10, full: 10.4, exits: 5.25 },
      meanExitLayer: 6,
      rowSpeedUp: 2.1,
      tokenSpeedUp: 2,
      timeSpeedUp: ratio(1.9),
      plainSpeedUp: ratio(1.8),
      efficiency: 0.95,
      rowEfficiency: 0.9,
      overhead: ratio(1.04),
    },
  ],
  peers: [
    {
      rows,
      torch: '2.0',
      python: '3.11',
      rounds: 5,
      sameExits: 63,
      sides: [
        { name: 'one side', rowMs: 21.5, againstAuthors: ratio(30), againstPyTorch: ratio(3), againstTransformersJs: ratio(5) },
        { name: 'another', rowMs: 43, againstAuthors: ratio(15), againstPyTorch: ratio(1.5), againstTransformersJs: null },
      ],
    },
  ],
  pipeline: {
    source: 'made-up notes',
    notes: 200,
    meanCharacters: 1000.4,
    policy: 'fast',
    precision: 'fp32',
    engineThreads: 2,
    topicPartitions: 4,
    parts: 4,
    extractSeconds: 10,
    kafkaSeconds: 11,
    redisSeconds: 11.5,
    ratio: 1.1,
    ratios: [1.05, 1.15],
    extractNotesPerSecond: 20,
    kafkaNotesPerSecond: 18.18,
    sameResults: 199,
    deadLetters: 0,
    meanExitLayer: 3,
    layersSaved: 0.75,
    cpuSeconds: { worker: 9.5 },
    workerMemory: [{ part: 0.25, rssMiB: 512.4 }],
    projectorMemory: [],
    ingestMemory: [
      { part: 0, rssMiB: 90 },
      { part: 0.25, rssMiB: 100 },
      { part: 1, rssMiB: 103 },
    ],
  },
  transactions: {
    source: 'made-up notes',
    notes: 200,
    policy: 'fast',
    precision: 'fp32',
    engineThreads: 2,
    topicPartitions: 4,
    parts: 2,
    transactionsNotesPerSecond: 19.4,
    plainNotesPerSecond: 20,
    ratio: 0.97,
    medianRatio: 0.965,
    ratios: [0.95, 0.98],
  },
  latency: {
    source: 'made-up notes',
    policy: 'fast',
    precision: 'fp32',
    engineThreads: 2,
    topicPartitions: 4,
    secondsPerRow: 20,
    capacityNotesPerSecond: 17.94,
    rows: [
      { name: 'one note after the other', offeredNotesPerSecond: null, notes: 20, p50Ms: 101, p99Ms: 150, mostMs: 151, againstLone: 1 },
      { name: '70 % of capacity', offeredNotesPerSecond: 12.56, notes: 251, p50Ms: 120, p99Ms: 300, mostMs: 400, againstLone: 2 },
    ],
  },
  leftOut: [],
};

describe('the benchmark page', () => {
  const page = benchmarkPage(report);

  it('names machine, date, model and policy', () => {
    assert.match(page, /\| measured \| 2030-01-02, in 1 min 15 s \|/);
    assert.match(page, /\| machine \| Abacus 9, 3 cores, 7 GiB, linux 6 x64; load before 0\.3 \|/);
    assert.match(page, /tiny 1\.2\.3 \(abcdef012345\), 12 layers x 384/);
    assert.match(page, /fast: entropy threshold \/ patience of events 0\.4 \/ 1, sections 0\.35 \/ off/);
  });

  it('shows every figure of the exits', () => {
    assert.match(page, /64 rows of made-up rows \(60 events, 4 sections\), 20\.3 tokens on average/);
    const cells = ['int8, 32', '10.0', '10.4', '5.25', '4.0 % (-6.0 % to 14.0 %)', '2.10x', '2.00x', '1.90x (1.80-2.00)', '0.95', '1.80x'];
    assert.ok(page.includes(`| ${cells.join(' | ')} |`), page);
  });

  it('shows PyTorch and the pipeline', () => {
    assert.match(page, /63 of 64 rows left after the same layer/);
    assert.ok(page.includes('| one side | 21.5 | 30.00x (29.90-30.10) | 3.00x (2.90-3.10) | 5.00x (4.90-5.10) |'), page);
    assert.ok(page.includes('| another | 43.0 | 15.00x (14.90-15.10) | 1.50x (1.40-1.60) | not measured |'), page);
    assert.match(page, /\| Kafka, last result on its topic \| 11\.0 s \| 18\.2 \| 1\.10x \(parts: 1\.05, 1\.15\) \|/);
    assert.match(
      page,
      /199 of 200 notes have the same items both ways, 0 dead letters; mean exit layer 3\.00, 75\.0 % of the layers saved/,
    );
    assert.match(page, /\| worker's memory after 25 % of the notes \| 512 MiB \|/);
    assert.match(page, /\| ingest's memory after 0 % of the notes \| 90 MiB \|/);
    assert.match(page, /\| ingest's memory after 100 % of the notes \| 103 MiB \(\+3\.0 %\) \|/);
    assert.match(page, /\| processor time, worker \| 9\.50 s \|/);
  });

  it('shows what transactions cost', () => {
    assert.match(page, /\| one transaction a sub-batch \| 19\.4 \| 0\.97x \(parts: 0\.95, 0\.98\) \|/);
  });

  it('keeps what other commands printed behind its marker, and nothing else of the former page', () => {
    const kept = `${KEPT_FROM}\n\n## Under faults\n\nheld\n`;
    const anew = benchmarkPage(report, `# An older page\n\n${kept}`);
    assert.equal(anew, `${page}\n${kept}`);
    assert.equal(benchmarkPage(report, anew), anew);
    assert.equal(benchmarkPage(report, 'no marker'), page);
  });

  it('shows the times of single notes', () => {
    assert.match(page, /4 partitions; 20 s per row; capacity 17\.9 notes\/s/);
    assert.match(page, /\| one note after the other \| {2}\| 20 \| 101 \| 150 \| 151 \| 1\.00x \|/);
    assert.match(page, /\| 70 % of capacity \| 12\.6 \| 251 \| 120 \| 300 \| 400 \| 2\.00x \|/);
  });

  it('leaves out what was not measured, and says why', () => {
    const short = benchmarkPage({
      ...report,
      exits: null,
      peers: null,
      pipeline: null,
      transactions: null,
      latency: null,
      leftOut: ['PyTorch: none here'],
    });
    assert.doesNotMatch(short, /## (Exits|PyTorch|Pipeline|Transactions)/);
    assert.match(short, /\| left out \| PyTorch: none here \|/);
  });

  it('shows the same figures on a terminal', () => {
    const text = benchText(report, 200);
    for (const cell of ['int8, 32', '1.90x (1.80-2.00)', '512 MiB', '1.10x (parts: 1.05, 1.15)', 'Abacus 9, 3 cores'])
      assert.ok(text.includes(cell), cell);
  });

  it('breaks tables into blocks of columns where they are wider than the terminal', () => {
    const text = benchText(report, 80);
    for (const line of text.split('\n')) assert.ok([...line].length <= 80, line);
    const first = text.split('\n').filter((line) => line.startsWith('int8, 32 '));
    assert.equal(first.length, 2, 'each block has the first column');
    assert.equal(first.join('  ').split(/\s{2,}/).length, 11, first.join('\n'));
    assert.doesNotMatch(text, /…/);
  });
});
