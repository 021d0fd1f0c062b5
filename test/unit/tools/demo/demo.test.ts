import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ExtractionResult, type ResultJson, resultToJson } from '@epee/records';
import { compare, demandComplete, isComplete } from '../../../../tools/demo/agreement.ts';
import { watchArrivals } from '../../../../tools/demo/arrivals.ts';
import { type DemoReport, demoText } from '../../../../tools/demo/report.ts';
import { arrivalRow, LEGEND, resultHead } from '../../../../tools/demo/result-table.ts';
import { readSamples } from '../../../../tools/demo/samples.ts';
import { demoEnvironment } from '../../../../tools/demo/settings.ts';
import type { Arrival } from '../../../../tools/demo/watch-topics.ts';
import { sampleResult } from '../../services/cli/support.ts';

describe("the demo's samples", () => {
  it('are at least twelve notes, some with CRLF and astral characters', async () => {
    const samples = await readSamples(1_048_576);
    assert.ok(samples.length >= 12);
    assert.ok(samples.some(({ text }) => text.includes('\r\n')));
    assert.ok(samples.some(({ text }) => /[\u{10000}-\u{10ffff}]/u.test(text)));
    for (const { documentId, text } of samples) {
      assert.match(documentId, /^[a-z-]{5,27}$/, 'fits its column');
      assert.ok(text.length > 500, documentId);
    }
  });

  it('are refused when one cannot be read', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'epee-samples-'));
    writeFileSync(join(folder, 'a.txt'), Buffer.from([0xff]));
    await assert.rejects(readSamples(100, folder), { code: 'FILE_INVALID' }).finally(() => rmSync(folder, { recursive: true }));
  });
});

describe("the demo's settings", () => {
  it('keep what concerns the model and drop what would lead to other servers', () => {
    const env = {
      PATH: '/bin',
      EPEE_MODEL_DIR: '/m',
      EPEE_ENGINE_THREADS: '2',
      EPEE_SCHEMA_REGISTRY_URL: 'http://x',
      EPEE_KAFKA_TLS: 'true',
    };
    const settings = demoEnvironment(env, { EPEE_KAFKA_BROKERS: '127.0.0.1:1' });
    assert.deepEqual(Object.keys(settings).sort(), [
      'EPEE_ENGINE_THREADS',
      'EPEE_INGEST_PORT',
      'EPEE_KAFKA_BROKERS',
      'EPEE_MODEL_DIR',
      'EPEE_PROJECTOR_PORT',
      'EPEE_STOP_TIMEOUT_MS',
      'EPEE_WORKER_PORT',
      'PATH',
    ]);
    assert.equal(settings.EPEE_INGEST_PORT, '0');
  });
});

const arrival = (result: ExtractionResult): Arrival => ({
  kind: 'result',
  documentId: result.documentId,
  result: resultToJson(result),
});
const deadLetter = (documentId: string): Arrival => ({ kind: 'dead-letter', documentId, code: 'TEXT_EMPTY' });

describe("the demo's table", () => {
  const lines = (text: string) => text.split('\n');
  const row = (result: ExtractionResult, seconds = 1) => arrivalRow(arrival(result), seconds, 100);

  it('shows note, events, relations, mean exit layer and time', () => {
    assert.match(row(sampleResult(), 1.234), /^note-1 +! amoxi cillin -> Rash +1 adverse +3\.0 +1\.23 s$/);
  });

  it('shows an event without drug and effect by its trigger, the same pair once, and no more than five', () => {
    const base = sampleResult();
    const event = (text: string, type = 'Adverse_event') => ({ ...base.events[0]!, text, type, arguments: [] });
    const two = row({ ...base, events: [...base.events, ...base.events, event('helped', 'Potential_therapeutic_event')] });
    assert.deepEqual(lines(two).length, 2);
    assert.match(two, /\+ "helped"/);
    const many = row({ ...base, events: Array.from({ length: 9 }, (_, at) => event(`t${at}`)) });
    assert.equal(lines(many).length, 5);
    assert.match(many, /and 5 more/);
  });

  it('fits the terminal whatever a note holds', () => {
    const base = sampleResult({ documentId: 'x'.repeat(300) });
    const long = { ...base, entities: base.entities.map((entity) => ({ ...entity, text: 'y'.repeat(500) })) };
    for (const width of [80, 100]) {
      const rows = [arrivalRow(arrival(long), 59.9, width), arrivalRow(deadLetter('z'.repeat(200)), 1, width)];
      for (const line of lines([LEGEND, resultHead(width), ...rows].join('\n'))) assert.ok([...line].length <= width, line);
    }
  });
});

describe('what has arrived', () => {
  it('counts each document once, with the time since it was sent', () => {
    let nowMs = 0;
    const seen: [string, number][] = [];
    const arrivals = watchArrivals(
      ({ documentId }, seconds) => void seen.push([documentId, seconds]),
      () => nowMs,
    );
    arrivals.sending('note-1');
    nowMs = 1500;
    arrivals.add(arrival(sampleResult()));
    arrivals.add(arrival(sampleResult()));
    nowMs = 2000;
    arrivals.add(deadLetter('note-2'));
    arrivals.add(deadLetter('note-2'));
    assert.deepEqual(seen, [
      ['note-1', 1.5],
      ['note-2', 0],
    ]);
    assert.deepEqual([arrivals.count(), arrivals.lastMs(), [...arrivals.results.keys()]], [2, 2000, ['note-1']]);
  });
});

describe('agreement of topic and Redis', () => {
  const result = (documentId: string, more: Partial<ResultJson> = {}): [string, ResultJson] => [
    documentId,
    { ...resultToJson(sampleResult({ documentId })), ...more },
  ];
  const topic = new Map([result('a'), result('b')]);
  const text = (report: Omit<DemoReport, 'logFolder'>) => demoText({ ...report, logFolder: 'logs' });

  it('is complete when every document has the same result in both', () => {
    const agreement = compare(['a', 'b'], topic, new Map([result('b'), result('a')]));
    assert.deepEqual(agreement, { sent: 2, onTopic: 2, inRedis: 2, differing: [] });
    assert.equal(isComplete(agreement), true);
    demandComplete(agreement, 'a.log');
  });

  for (const [what, ids, inRedis, differing] of [
    ['a result differs in a detail', ['a', 'b'], [result('a'), result('b', { version: 2 })], ['b']],
    ['Redis lacks one', ['a', 'b'], [result('a')], ['b']],
    ['the topic lacks one', ['a', 'b', 'c'], [result('a'), result('b'), result('c')], ['c']],
    ['nothing was sent', [], [], []],
  ] as const) {
    it(`is not complete when ${what}`, () => {
      const agreement = compare(ids, topic, new Map(inRedis));
      assert.deepEqual(agreement.differing, differing);
      assert.equal(isComplete(agreement), false);
      assert.throws(() => demandComplete(agreement, 'a.log'), { code: 'RESULT_INCOMPLETE', hint: /a\.log/ });
      const last = text({ agreement, compute: sampleResult().compute, seconds: 1 }).split('\n').at(-1);
      if (differing.length > 0) assert.equal(last, `NOT THE SAME: ${differing.join(', ')}`);
    });
  }

  it('is told in the last lines', () => {
    const agreement = compare(['a', 'b'], topic, new Map(topic));
    assert.deepEqual(text({ agreement, compute: { rows: 8, layersRun: 24, layersFull: 96, computeMs: 1 }, seconds: 4 }).split('\n'), [
      '2 documents in 4.00 s: 0.50 documents/s',
      'layers saved 75.0 % (4.00x fewer): 8 rows, mean exit layer 3.0 of 12',
      'results on topic 2 = results in Redis 2 = documents sent 2, contents the same',
    ]);
  });
});
