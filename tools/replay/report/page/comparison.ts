import { barChart, type Content, figures, type Html, intervalChart, type PageSection, paragraph, table } from '@epee/html';
import { count, counted } from '@epee/terminal';
import { COMPARED_TASKS } from '../../tally/items.ts';
import { INTERVALS, right } from '../columns.ts';
import type { ComparisonReport } from '../report.ts';
import { percentOf, percentRange, percentWithRange } from '../words.ts';

const CHANGES_SHOWN = 20;
const LABELS_SHOWN = 30;

/** How one variant's findings differ from the first one's. */
export function comparisonSection(comparison: ComparisonReport): PageSection {
  const { a, b, documents, onlyA, onlyB, layersSaved, timeSaved } = comparison;
  const apart = onlyA + onlyB === 0 ? '' : `; ${count(onlyA)} of ${a} alone and ${count(onlyB)} of ${b} alone are left out`;
  return {
    title: `${b} against ${a}`,
    about: [
      `${counted(documents, 'document')} of which both have a result${apart}.`,
      'The same means: the same place and the same label.',
      `Lost: ${a} alone found it; gained: ${b} alone; changed: both, under different labels. ${INTERVALS}`,
    ].join(' '),
    content: [
      figures([agreementChart(comparison), differencesChart(comparison)]),
      taskTable(comparison),
      paragraph(`Layers saved against ${a}: ${percentWithRange(layersSaved)}. Engine time saved: ${percentWithRange(timeSaved)}.`),
      ...labelTables(comparison),
    ],
  };
}

const agreementChart = ({ a, b, tasks, identical }: ComparisonReport): Html =>
  intervalChart({
    title: `Agreement of ${b} with ${a}`,
    rows: [...COMPARED_TASKS.map((task) => ({ label: task, ...tasks[task].agreement })), { label: 'whole documents', ...identical }],
    xMax: 1,
    xFormat: percentOf,
    caption: '2 x both / (found by either, added up); of whole documents the share in which nothing differs.',
  });

const differencesChart = ({ a, b, tasks }: ComparisonReport): Html =>
  barChart({
    title: 'Lost, gained and changed',
    categories: COMPARED_TASKS,
    series: [
      { name: `lost (share of ${a})`, bars: COMPARED_TASKS.map((task) => tasks[task].lostShare) },
      { name: `gained (share of ${b})`, bars: COMPARED_TASKS.map((task) => tasks[task].gainedShare) },
      { name: `changed (share of ${a})`, bars: COMPARED_TASKS.map((task) => tasks[task].changedShare) },
    ],
    yFormat: (share) => `${Number((100 * share).toFixed(2))} %`,
  });

function taskTable({ a, b, tasks }: ComparisonReport): Html {
  const columns = [`in ${a}`, `in ${b}`, 'in both', 'agreement', '95 % interval', 'lost', 'gained', 'changed'].map(right);
  const rows = COMPARED_TASKS.map((task): Content[] => {
    const { a: inA, b: inB, both, agreement, lost, gained, changed } = tasks[task];
    return [
      task,
      ...[inA, inB, both].map(count),
      percentOf(agreement.value),
      percentRange(agreement),
      ...[lost, gained, changed].map(count),
    ];
  });
  return table([{ heading: 'task' }, ...columns], rows);
}

/** Labels that differ, and labels that changed into others. */
function labelTables({ a, b, labels, changes }: ComparisonReport): Html[] {
  const differing = labels.filter(({ lost, gained, changed }) => lost + gained + changed > 0).slice(0, LABELS_SHOWN);
  const byLabel = table(
    [{ heading: 'task' }, { heading: 'label' }, ...['kept', 'lost', 'gained', 'changed'].map(right)],
    differing.map(({ task, label, kept, lost, gained, changed }) => [task, label, ...[kept, lost, gained, changed].map(count)]),
  );
  const byChange = table(
    [{ heading: 'task' }, { heading: `label in ${a}` }, { heading: `label in ${b}` }, right('times')],
    changes.slice(0, CHANGES_SHOWN).map(({ task, from, to, count: times }) => [task, from, to, count(times)]),
  );
  return [...(differing.length === 0 ? [] : [byLabel]), ...(changes.length === 0 ? [] : [byChange])];
}

/** The documents in which the two differ most. */
export function worstSection({ a, b, worst }: ComparisonReport): PageSection {
  return {
    title: `Documents in which ${b} differs most from ${a}`,
    about: 'Lost / gained / changed by task. Look at a note with its id, or read it from its topic by partition and offset.',
    content: [
      table(
        [{ heading: 'document' }, right('partition: offset'), right('different'), right('of'), ...COMPARED_TASKS.map(right)],
        worst.map(({ documentId, partition, offset, differences, of, tasks }) => [
          documentId,
          `${partition}: ${offset}`,
          count(differences),
          count(of),
          ...COMPARED_TASKS.map((task) => {
            const { lost, gained, changed } = tasks[task];
            return lost + gained + changed === 0 ? '' : `${lost} / ${gained} / ${changed}`;
          }),
        ]),
      ),
    ],
  };
}
