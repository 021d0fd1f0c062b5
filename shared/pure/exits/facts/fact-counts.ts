import { addCounts, type Counts, type LabelledSpan, NO_COUNTS, spanCounts } from '../scoring.ts';
import { ADVERSE_EFFECT, AXES, type FactLink, type FactSpan, type Facts, type MarkedFacts } from './facts.ts';
import { matches } from './matching.ts';

/**
 * Counts of a note by what is scored. `a/b` is the part of `a` with the label or value `b`.
 *
 * | name | what |
 * |---|---|
 * | `all`, `all/LABEL` | entities that are right to the letter |
 * | `overlap`, `overlap/LABEL` | entities of the same label that overlap, each counted with one other at most |
 * | `certainty`, `certainty/VALUE`, ... | of entities right to the letter: the axis as a whole (F1 is its accuracy), and each value |
 * | `relations`, `relations/LABEL` | relations whose ends are both right to the letter, `adverse_effect` apart |
 * | `relations overlap/LABEL` | the same with ends that overlap |
 * | `relations given/LABEL` | the same among entities right to the letter: what is lost by relating alone |
 * | `adverse_effect` | likewise, this label alone |
 * | `source/ORIGIN`, `source overlap/ORIGIN` | `all` and `overlap` of the notes of an origin |
 */
export type FactCounts = Readonly<Record<string, Counts>>;

/** Compares what was found in a note with what is wanted. Labels and ranges that nobody marked give no score. */
export function factCounts(given: Facts, wanted: MarkedFacts): FactCounts {
  const [found, gold] = [scored(given, wanted), scored(wanted, wanted)];
  const counts = new Map<string, Counts>();
  const count = (name: string, more: Counts) => counts.set(name, addCounts(counts.get(name) ?? NO_COUNTS, more));
  for (const name of ['all', 'overlap']) count(name, NO_COUNTS);
  for (const label of wanted.labels) {
    const ofLabel = ({ entities }: Scored) => entities.filter((entity) => entity.label === label);
    const [own, other] = [ofLabel(found), ofLabel(gold)];
    const exact = spanCounts(own, other);
    const overlapping = { ...exact, right: matches(unique(own), unique(other), overlap) };
    for (const name of ['all', `all/${label}`, ...sourceOf('source', wanted)]) count(name, exact);
    for (const name of ['overlap', `overlap/${label}`, ...sourceOf('source overlap', wanted)]) count(name, overlapping);
  }
  countAxes(found.entities, gold.entities, count);
  for (const label of wanted.relationLabels) countRelations(label, found, gold, count);
  return Object.fromEntries(counts);
}

/**
 * Counts of one entity's values: by axis (found and wanted once each where both have one, so that F1
 * is the accuracy), and by value.
 */
export function axisCounts(found: FactSpan['values'], gold: FactSpan['values']): FactCounts {
  const counts: Record<string, Counts> = {};
  for (const axis of AXES) {
    const [own, wanted] = [found[axis], gold[axis]];
    if (own === null || wanted === null) continue;
    const right = Number(own === wanted);
    counts[axis] = { found: 1, gold: 1, right };
    counts[`${axis}/${wanted}`] = { found: right, gold: 1, right };
    if (right === 0) counts[`${axis}/${own}`] = { found: 1, gold: 0, right: 0 };
  }
  return counts;
}

type Spans = readonly FactSpan[];
type Ends = Pick<LabelledSpan, 'start' | 'end'>;
type Count = (name: string, more: Counts) => void;

/** A note's entities and relations that give a score. */
interface Scored {
  readonly entities: Spans;
  readonly relations: readonly Related[];
}

/** A relation with its ends. */
interface Related {
  readonly label: string;
  readonly head: FactSpan;
  readonly tail: FactSpan;
}

/** What of some facts gives a score: marked labels outside of the ranges that nobody marked. */
function scored({ entities, relations }: Facts, { labels, ignored }: MarkedFacts): Scored {
  const own = entities.filter((entity) => labels.has(entity.label) && !ignored.some((range) => overlap(range, entity)));
  const byId = new Map(own.map((entity) => [entity.id, entity]));
  const withEnds = ({ label, head, tail }: FactLink): Related[] => {
    const ends = [byId.get(head), byId.get(tail)];
    return ends[0] === undefined || ends[1] === undefined ? [] : [{ label, head: ends[0], tail: ends[1] }];
  };
  return { entities: own, relations: relations.flatMap(withEnds) };
}

const sourceOf = (name: string, { origin }: MarkedFacts) => (origin === null ? [] : [`${name}/${origin}`]);

const overlap = (one: Ends, other: Ends) => one.start < other.end && one.end > other.start;

const keyOf = ({ label, start, end }: LabelledSpan) => `${start} ${end} ${label}`;

/** Entities that differ: one found twice counts once, as with exact spans. */
const unique = (spans: Spans): FactSpan[] => [...new Map(spans.map((span) => [keyOf(span), span])).values()];

function countAxes(found: Spans, gold: Spans, count: Count): void {
  const byKey = new Map(unique(found).map((span) => [keyOf(span), span]));
  for (const span of gold) {
    const own = byKey.get(keyOf(span));
    if (own === undefined) continue;
    for (const [name, counts] of Object.entries(axisCounts(own.values, span.values))) count(name, counts);
  }
}

function countRelations(label: string, found: Scored, gold: Scored, count: Count): void {
  const ofLabel = ({ relations }: Scored) => uniqueRelations(relations.filter((one) => one.label === label));
  const [own, wanted] = [ofLabel(found), ofLabel(gold)];
  const exact = relationCounts(own, wanted, (one, other) => relationKey(one) === relationKey(other));
  const lenient = relationCounts(own, wanted, (one, other) => sameEnds(one, other));
  for (const name of label === ADVERSE_EFFECT ? [ADVERSE_EFFECT] : ['relations', `relations/${label}`]) count(name, exact);
  count(`relations overlap/${label}`, lenient);
  const among = (relations: readonly Related[], { entities }: Scored) => {
    const keys = new Set(entities.map(keyOf));
    return relations.filter(({ head, tail }) => keys.has(keyOf(head)) && keys.has(keyOf(tail)));
  };
  const [ownGiven, wantedGiven] = [among(own, gold), among(wanted, found)];
  count(`relations given/${label}`, { found: ownGiven.length, gold: wantedGiven.length, right: exact.right });
}

const relationCounts = (found: readonly Related[], gold: readonly Related[], fits: (one: Related, other: Related) => boolean): Counts => ({
  found: found.length,
  gold: gold.length,
  right: matches(found, gold, fits),
});

const relationKey = ({ label, head, tail }: Related) => `${label} ${keyOf(head)} ${keyOf(tail)}`;

const uniqueRelations = (relations: readonly Related[]): Related[] => [
  ...new Map(relations.map((relation) => [relationKey(relation), relation])).values(),
];

const sameEnds = (one: Related, other: Related) => sameEnd(one.head, other.head) && sameEnd(one.tail, other.tail);

const sameEnd = (one: FactSpan, other: FactSpan) => one.label === other.label && overlap(one, other);
