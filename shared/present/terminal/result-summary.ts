import type { DocumentClass, ResultJson, Retraction } from '@epee/records';

/** A drug event in the words of the note. */
export interface EventSummary {
  readonly type: string;
  readonly trigger: string;
  readonly drugs: readonly string[];
  readonly effects: readonly string[];
}

/** A relation in the words of the note. */
export interface RelationSummary {
  readonly head: string;
  readonly label: string;
  readonly tail: string;
}

/** A class of a whole document. */
export type ClassSummary = Pick<DocumentClass, 'task' | 'label' | 'confidence' | 'exitLayer'>;

/** What a person wants to see of a result. */
export interface ResultSummary {
  readonly documentId: string;
  readonly kind: 'note' | 'image';
  /** Set where the document was taken back; nothing else of it counts then. */
  readonly retraction: Retraction | null;
  readonly sections: number;
  readonly entities: number;
  readonly events: readonly EventSummary[];
  readonly relations: readonly RelationSummary[];
  /** Of an image: one per task of its model. */
  readonly classes: readonly ClassSummary[];
  readonly compute: ComputeSummary;
}

/** What results cost, added up. */
export interface ComputeSummary {
  readonly rows: number;
  readonly layersRun: number;
  readonly layersFull: number;
  readonly computeMs: number;
}

const DRUG = /(^|\.)Drug$/;
const EFFECT = /^Effect$/;

/** The parts of a result that {@link summarise} reads. */
export type SummarisedResult = Pick<
  ResultJson,
  'documentId' | 'kind' | 'retraction' | 'sections' | 'entities' | 'events' | 'relations' | 'classifications' | 'compute'
>;

/** Puts a result's events and relations into the note's words. White space in them, line ends too, becomes one space. */
export function summarise({
  documentId,
  kind,
  retraction,
  sections,
  entities,
  events,
  relations,
  classifications,
  compute,
}: SummarisedResult): ResultSummary {
  const texts = new Map(entities.map(({ id, text }) => [id, oneLine(text)]));
  const textOf = (id: string) => texts.get(id) ?? id;
  return {
    documentId,
    kind,
    retraction: retraction === null ? null : { reason: oneLine(retraction.reason) },
    sections: sections.length,
    entities: entities.length,
    events: events.map(({ type, text, arguments: filled }) => {
      const filling = (role: RegExp) => filled.filter((argument) => role.test(argument.role)).map(({ entityId }) => textOf(entityId));
      return { type, trigger: oneLine(text), drugs: filling(DRUG), effects: filling(EFFECT) };
    }),
    relations: relations.map(({ headId, label, tailId }) => ({ head: textOf(headId), label, tail: textOf(tailId) })),
    classes: classifications,
    compute,
  };
}

/** Adds up what results cost. */
export function addCompute(sum: ComputeSummary, more: ComputeSummary): ComputeSummary {
  return {
    rows: sum.rows + more.rows,
    layersRun: sum.layersRun + more.layersRun,
    layersFull: sum.layersFull + more.layersFull,
    computeMs: sum.computeMs + more.computeMs,
  };
}

/** Nothing run yet. */
export const NO_COMPUTE: ComputeSummary = Object.freeze({ rows: 0, layersRun: 0, layersFull: 0, computeMs: 0 });

/** Mean layer after which rows left, or null where there were none. */
export const meanExitLayer = ({ rows, layersRun }: ComputeSummary): number | null => (rows === 0 ? null : layersRun / rows);

/** `layers saved 61.2 % (2.58x fewer)`. */
export function layersSaved({ layersRun, layersFull }: ComputeSummary): string {
  if (layersRun === 0) return 'layers saved: no rows were run';
  return `layers saved ${(100 * (1 - layersRun / layersFull)).toFixed(1)} % (${(layersFull / layersRun).toFixed(2)}x fewer)`;
}

/** Control characters go too: a note must not steer the reader's terminal. */
const oneLine = (text: string) => text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
