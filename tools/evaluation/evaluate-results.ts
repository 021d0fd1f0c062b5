import { EpeeError } from '@epee/errors';
import type { DepthTable } from '@epee/exits';
import { type DataRequest, documentHint, type FactsItem, type Placed, readData } from '@epee/labelled-data';
import type { EvaluationWatch } from './evaluate.ts';
import { assertionJudge, type FactJudge, factJudge, relationLabelsOf } from './read/marked-facts.ts';
import { type ReadPrediction, readPredictions } from './read/predictions.ts';
import type { EvaluationReport, ViewReport } from './report/report.ts';
import { createTally, type Tally } from './score/tally.ts';
import { documentsOf, viewReports } from './score/view-reports.ts';
import type { View } from './score/views.ts';

/** Results that were extracted before, and the labelled data that they are scored on. */
export interface EvaluateResultsRequest extends DataRequest {
  /** Results of `epee extract`, or predictions of facts, as JSON lines. */
  readonly from: string;
}

/** A text's wanted facts. */
interface Wanted {
  readonly id: string;
  readonly document: string;
  readonly judge: FactJudge;
}

const NOTHING = { entities: [], relations: [] };

/**
 * Scores results that were extracted before, without a model: one view per policy that they were
 * extracted with. A text without a result counts as one in which nothing was found.
 * @throws EpeeError as `readData` and `readPredictions`; USAGE_INVALID where the data hold no facts,
 *   or no result is of one of their texts
 */
export async function evaluateResults(request: EvaluateResultsRequest, watch: EvaluationWatch): Promise<EvaluationReport> {
  const { file, excluded } = await readData(request, watch);
  const hint = documentHint(file, request);
  if (hint !== null) watch.warn(hint);
  const wanted = wantedOf(file);
  const byPolicy = new Map<string, Map<string, ReadPrediction>>();
  for (const prediction of await readPredictions(request.from)) {
    if (!byPolicy.has(prediction.policy)) byPolicy.set(prediction.policy, new Map());
    byPolicy.get(prediction.policy)!.set(prediction.id, prediction);
  }
  const ids = new Set(wanted.map(({ id }) => id));
  const tallies: Tally[] = [];
  const used: ReadPrediction[][] = [];
  for (const [policy, own] of byPolicy) {
    const missing = wanted.filter(({ id }) => !own.has(id)).length;
    if (missing === wanted.length) continue;
    if (missing > 0) watch.warn(`${policy}: no result of ${missing} of ${wanted.length} texts; nothing counts as found in them.`);
    tallies.push(tallyOf(policy, wanted, own));
    used.push([...own.values()].filter(({ id }) => ids.has(id)));
  }
  if (tallies.length === 0) throw usage(`--from ${request.from} holds no result of a text of ${request.data}: ids must be the same`);
  const layers = Math.max(1, ...used.flat().map(layersOf));
  const views = viewReports(tallies, { layers, notes: null, hasFacts: true });
  const gold = tallies[0]!.gold();
  return {
    formatVersion: 1,
    model: null,
    data: { file: request.data, kind: file.kind, items: file.items.length, excluded },
    tasks: [
      {
        task: file.kind === 'facts' ? 'facts' : 'assertions',
        items: file.items.length,
        isAccuracy: false,
        documents: documentsOf(tallies),
        gold: Object.fromEntries(
          ['all', 'relations', 'adverse_effect', 'found'].flatMap((name) => (name in gold ? [[name, gold[name]!]] : [])),
        ),
        unknownLabels: {},
        views: views.map((view, at) => withSums(view, used[at]!)),
        analysis: null,
      },
    ],
    engine: null,
  };
}

function wantedOf(file: Awaited<ReturnType<typeof readData>>['file']): Wanted[] {
  if (file.kind === 'assertion') return file.items.map(({ item, document }) => ({ id: item.id, document, judge: assertionJudge(item) }));
  if (file.kind !== 'facts') throw usage(`--from scores facts: the data must hold entities or targets, but are of kind ${file.kind}`);
  const labels = relationLabelsOf(file.items.map(({ item }) => item));
  return file.items.map(({ item, document }: Placed<FactsItem>) => ({ id: item.id, document, judge: factJudge(item, labels) }));
}

function tallyOf(policy: string, wanted: readonly Wanted[], found: ReadonlyMap<string, ReadPrediction>): Tally {
  const view: View = { name: policy, kind: 'policy', policyOf: () => null, decide: () => never(policy) };
  const tally = createTally(view);
  for (const { id, document, judge } of wanted) {
    const { facts = NOTHING, exits = [] } = found.get(id) ?? {};
    for (const [name, counts] of Object.entries(judge.countsOf(facts))) tally.count(name, counts, document);
    tally.judged(judge.judge(facts));
    for (const { task, ...exit } of exits) tally.exit(task, exit);
  }
  return tally;
}

const never = (policy: string): never => {
  throw new EpeeError('INTERNAL', `nothing is run under ${policy}`, { stage: 'cli' });
};

const layersOf = ({ exits, compute }: ReadPrediction): number => {
  const deepest = Math.max(1, ...exits.map(({ exitLayer }) => exitLayer));
  return compute === null || compute.rows === 0 ? deepest : Math.max(deepest, Math.round(compute.layersFull / compute.rows));
};

/** Results tell the layers of all rows together, and nothing of each row's tokens. */
function withSums(view: ViewReport, predictions: readonly ReadPrediction[]): ViewReport {
  if (view.depth.rows > 0) return view;
  const sum = (field: 'rows' | 'layersRun' | 'layersFull') => predictions.reduce((all, { compute }) => all + (compute?.[field] ?? 0), 0);
  const [rows, layersRun, layersFull] = [sum('rows'), sum('layersRun'), sum('layersFull')];
  if (rows === 0) return view;
  const depth: DepthTable = {
    ...{ rows, layersRun, layersFull, meanExitLayer: layersRun / rows, layersSaved: 1 - layersRun / layersFull },
    ...{ rowSpeedUp: layersFull / layersRun, tokenSpeedUp: Number.NaN, exits: [] },
  };
  return { ...view, depth };
}

const usage = (message: string) => new EpeeError('USAGE_INVALID', message, { stage: 'cli' });
