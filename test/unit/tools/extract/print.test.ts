import assert from 'node:assert/strict';
import { createPrinter, type PrintForm } from '@epee/extract';
import { belowConfidence, resultToJson } from '@epee/records';
import { styleFor } from '@epee/terminal';
import { SHOWN_TEXT, shownJson, shownResult } from '../../../support/shown-note.ts';

const style = styleFor({ isTTY: false } as Parameters<typeof styleFor>[0], {});
const form = (over: Partial<PrintForm> = {}): PrintForm => ({
  pretty: false,
  review: false,
  page: false,
  json: false,
  style,
  width: 100,
  ...over,
});
const beside = { text: SHOWN_TEXT, leftOut: [] };

describe('printing results', () => {
  it('is JSON by default, and nothing where a page is asked for alone', () => {
    assert.deepEqual(JSON.parse(createPrinter(form()).print(shownJson(), beside)!), JSON.parse(JSON.stringify(shownJson())));
    const printer = createPrinter(form({ page: true }));
    assert.equal(printer.print(shownJson(), beside), null);
    assert.match(printer.page(), /<h1>visit-cough<\/h1>/);
    assert.notEqual(createPrinter(form({ page: true, json: true })).print(shownJson(), beside), null);
  });

  it('explains the signs once, in front of the first note', () => {
    const printer = createPrinter(form({ pretty: true }));
    const image = { ...resultToJson(shownResult()), kind: 'image' as const, entities: [], events: [], relations: [] };
    const shown = [
      printer.print(image, { text: null, leftOut: [] }),
      printer.print(shownJson(), beside),
      printer.print(shownJson(), beside),
    ];
    assert.deepEqual(
      shown.map((text) => text!.includes('[brackets]')),
      [false, true, false],
    );
  });

  it('lists what lies below the confidence, as JSON lines or as a table', () => {
    const { result, leftOut } = belowConfidence(shownResult(), { others: 0, byLabel: { problem: 0.6 } });
    const lines = createPrinter(form({ review: true }))
      .print(resultToJson(result), { text: SHOWN_TEXT, leftOut })!
      .split('\n');
    const { documentId, label, text, confidence, needs } = JSON.parse(lines[0]!);
    assert.deepEqual(
      [documentId, label, text, confidence, needs, lines.length],
      ['visit-cough', 'problem', 'early pneumonia', 0.55, [], 1],
    );
    const table = createPrinter(form({ review: true, pretty: true })).print(resultToJson(result), { text: SHOWN_TEXT, leftOut })!;
    assert.match(table, /problem +early pneumonia +\d+-\d+ +0\.550 +0\.60 +unsure/);
    assert.equal(createPrinter(form({ review: true })).print(shownJson(), beside), null);
  });
});
