import type { Portion, TaskReading } from '../read/task-reading.ts';
import type { Prediction, TaskReport } from '../report/report.ts';
import type { EngineCheck } from './engine-check.ts';
import { scoreRows } from './score-rows.ts';
import { scoreTexts } from './score-texts.ts';
import { createTally } from './tally.ts';
import { documentsOf, viewReports } from './view-reports.ts';
import type { View } from './views.ts';

/** Scores of a task under several views, portion by portion. */
export interface Scores {
  add(portion: Portion): Promise<void>;
  /** Without an analysis. */
  report(): TaskReport;
}

/** What is scored, and what else is done with the answers of policies. */
export interface ScoreOptions {
  readonly views: readonly View[];
  /** Compares each policy's rows with the exit graph. */
  readonly check?: EngineCheck | undefined;
  /** Is called with each answer under a policy. */
  readonly onPrediction?: ((prediction: Prediction) => Promise<void>) | undefined;
}

/** Scores of nothing yet. */
export function createScores(reading: TaskReading, { views, check, onPrediction }: ScoreOptions): Scores {
  const { task, items, unknownLabels, answers } = reading;
  const tallies = views.map(createTally);
  return {
    async add(portion) {
      for (const tally of tallies) {
        const { rows, predictions } = await (portion.kind === 'rows' ? scoreRows(portion, tally) : scoreTexts(portion, tally));
        if (tally.view.kind !== 'policy') continue;
        if (onPrediction !== undefined) for (const prediction of predictions) await onPrediction(prediction);
        await check?.compare(rows, tally.view, answers);
      }
    },
    report: () => ({
      task,
      items,
      gold: wantedOf(reading, tallies[0]?.gold() ?? {}),
      unknownLabels,
      isAccuracy: reading.kind === 'rows' && reading.none === null,
      documents: documentsOf(tallies),
      views: viewReports(tallies, {
        layers: answers.model.layers,
        notes: task === 'stream' ? items : null,
        hasFacts: hasFacts(reading),
      }),
      analysis: null,
    }),
  };
}

const hasFacts = ({ kind, task }: TaskReading) => kind === 'texts' && (task === 'facts' || task === 'assertions');

/** Of axes only entities that were found are scored: how many that are says nothing of what is wanted. */
function wantedOf(reading: TaskReading, gold: Readonly<Record<string, number>>): Record<string, number> {
  const shown = hasFacts(reading) ? WANTED_FACTS : Object.keys(gold);
  return Object.fromEntries(shown.flatMap((name) => (gold[name] === undefined ? [] : [[name, gold[name]]])));
}

const WANTED_FACTS = ['all', 'relations', 'adverse_effect', 'found'];
