import { type Content, figures, lineChart, type PageSection, table } from '@epee/html';
import { count, percent } from '@epee/terminal';
import { right } from '../columns.ts';
import type { HardRow, HeadReport } from '../report.ts';

/** Decisions from which on a bin is drawn: fewer say nothing. */
const SHOWN_BIN = 10;

/** How far each layer's head can be believed. */
export function headSection(task: string, heads: readonly HeadReport[], from: string): PageSection {
  const layers = heads.length;
  const shown = [...new Set([1, Math.ceil(layers / 2), layers])].map((layer) => heads[layer - 1]!);
  const diagram = lineChart({
    title: 'Confidence against how often it is right',
    xLabel: 'confidence, %',
    yLabel: 'right, %',
    xMin: 0,
    xMax: 100,
    yMin: 0,
    yMax: 100,
    dots: true,
    series: [
      ...shown.map(({ layer, bins }) => ({
        name: `layer ${layer}`,
        points: bins
          .filter((bin) => bin.count >= SHOWN_BIN)
          .map(({ confidence, accuracy }) => ({ x: 100 * confidence, y: 100 * accuracy })),
      })),
      { name: 'as it should be', points: [0, 100].map((value) => ({ x: value, y: value })) },
    ],
    caption: `Under the diagonal a head is over-confident. Each dot is one of 15 bins of confidence, with at least ${SHOWN_BIN} decisions.`,
  });
  const errors = lineChart({
    title: 'Expected calibration error by layer',
    xLabel: 'layer',
    yLabel: 'error, %',
    yMin: 0,
    series: [
      { name: 'as it is', points: heads.map(({ layer, ece }) => ({ x: layer, y: 100 * ece })) },
      { name: 'with its temperature', points: heads.map(({ layer, scaled }) => ({ x: layer, y: 100 * scaled.ece })) },
    ],
  });
  const columns = [
    right('layer'),
    right('accuracy'),
    right('confidence'),
    right('ECE'),
    right('temperature'),
    right('ECE scaled'),
    right('NLL'),
    right('NLL scaled'),
  ];
  const rows = heads.map(({ layer, accuracy, confidence, ece, nll, temperature, scaled }): Content[] => [
    String(layer),
    percent(accuracy),
    percent(confidence),
    percent(ece),
    temperature.toFixed(2),
    percent(scaled.ece),
    nll.toFixed(3),
    scaled.nll.toFixed(3),
  ]);
  return {
    title: `${task}: how far the heads can be believed`,
    about: `${count(heads[0]!.decisions)} decisions (a label per row, or a tag per word and group). Temperatures were fitted on ${from}.`,
    content: [figures([diagram, errors]), table(columns, rows)],
  };
}

/** The rows that stay unsure, by id. */
export function hardestSection(task: string, hardest: readonly HardRow[]): PageSection {
  const policies = Object.keys(hardest[0]!.exitLayers);
  const rows = hardest.map(({ id, meanEntropy, errors, exitLayers }): Content[] => [
    id,
    meanEntropy.toFixed(3),
    errors === null ? '' : String(errors),
    ...policies.map((policy) => String(exitLayers[policy])),
  ]);
  return {
    title: `${task}: hardest rows`,
    about: 'Rows whose entropy is highest over the layers, by id; errors are wrong and missing answers at full depth.',
    content: [
      table([{ heading: 'id' }, right('mean entropy'), right('errors'), ...policies.map((policy) => right(`exit, ${policy}`))], rows),
    ],
  };
}
