import type { Assertion, ExtractionResult } from '@epee/records';

/** Kinds of columns, as Parquet has them. */
export type ColumnType = 'STRING' | 'INT32' | 'DOUBLE';

/** A column of a table. */
export interface TableColumn {
  readonly name: string;
  readonly type: ColumnType;
}

/** A row: one value a column, null where there is none. */
export type TableRow = readonly (string | number | null)[];

/** A table that results are turned into. */
export interface Table {
  readonly name: 'documents' | 'sections' | 'entities' | 'events' | 'relations';
  readonly columns: readonly TableColumn[];
  rows(result: ExtractionResult): readonly TableRow[];
}

interface Item {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly confidence: number;
  readonly exitLayer: number;
  readonly exitReason: string;
}

const text = (name: string): TableColumn => ({ name, type: 'STRING' });
/** Versions are texts: they have 64 bits, more than most readers keep of a number. */
const DOCUMENT = [text('documentId'), text('version')];
const ITEM: readonly TableColumn[] = [
  { name: 'start', type: 'INT32' },
  { name: 'end', type: 'INT32' },
  text('text'),
  { name: 'confidence', type: 'DOUBLE' },
  { name: 'exitLayer', type: 'INT32' },
  text('exitReason'),
];

const ASSERTION = [text('certainty'), text('time'), text('subject'), text('action')];

const ofDocument = ({ documentId, version }: ExtractionResult) => [documentId, version.toString()] as const;
const ofItem = (item: Item) => [item.start, item.end, item.text, item.confidence, item.exitLayer, item.exitReason] as const;

const ofAssertion = (assertion: Assertion | null) =>
  assertion === null
    ? [null, null, null, null]
    : [assertion.certainty.value, assertion.time.value, assertion.subject.value, assertion.action?.value ?? null];
const timeText = (timeMs: number | null) => (timeMs === null ? null : new Date(timeMs).toISOString());

/** The tables. Offsets count code points of the note, their end is exclusive. */
export const TABLES: readonly Table[] = [
  {
    name: 'documents',
    columns: [
      ...DOCUMENT,
      ...['kind', 'source', 'patientRef', 'encounterRef', 'noteType', 'documentStatus', 'sourceIds', 'noteTime'].map(text),
      ...['retraction', 'processedAt'].map(text),
    ],
    rows: (result) => [
      [
        ...ofDocument(result),
        result.kind,
        result.source,
        result.patientRef,
        result.encounterRef,
        result.noteType,
        result.documentStatus,
        JSON.stringify(result.sourceIds),
        timeText(result.noteTimeMs),
        result.retraction?.reason ?? null,
        timeText(result.processedAtMs),
      ],
    ],
  },
  {
    name: 'sections',
    columns: [...DOCUMENT, text('label'), text('heading'), ...ITEM],
    rows: (result) => result.sections.map((section) => [...ofDocument(result), section.label, section.heading, ...ofItem(section)]),
  },
  {
    name: 'entities',
    columns: [...DOCUMENT, text('id'), text('label'), ...ITEM, ...ASSERTION, text('codes'), text('parsed')],
    rows: (result) =>
      result.entities.map((entity) => [
        ...ofDocument(result),
        entity.id,
        entity.label,
        ...ofItem(entity),
        ...ofAssertion(entity.assertion),
        JSON.stringify(entity.codes),
        entity.parsed === null ? null : JSON.stringify(entity.parsed),
      ]),
  },
  {
    name: 'events',
    columns: [...DOCUMENT, text('id'), text('type'), text('arguments'), ...ITEM, ...ASSERTION],
    rows: (result) =>
      result.events.map((event) => [
        ...ofDocument(result),
        event.id,
        event.type,
        JSON.stringify(event.arguments),
        ...ofItem(event),
        ...ofAssertion(event.assertion),
      ]),
  },
  {
    name: 'relations',
    columns: [...DOCUMENT, text('label'), text('headId'), text('headText'), text('tailId'), text('tailText'), ...ITEM],
    rows: (result) => {
      const texts = new Map(result.entities.map((entity) => [entity.id, entity.text]));
      return result.relations.map(({ label, headId, tailId, ...item }) => [
        ...ofDocument(result),
        label,
        headId,
        texts.get(headId) ?? null,
        tailId,
        texts.get(tailId) ?? null,
        ...ofItem(item),
      ]);
    },
  },
];
