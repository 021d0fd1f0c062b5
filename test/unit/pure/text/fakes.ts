import type { Encoding, LoadedModel, Outcome, PooledOutcome, Row, TaggingOutcome, TaskSpec, Tokenizer } from '@epee/model';
import type { NoteRow, RunRows } from '@epee/text';

const POLICIES = {
  full: { entropyThreshold: 'off', patience: 'off' },
  fast: { entropyThreshold: 0.1, patience: 3 },
} as const;

/** Marker ids of the fake relation task; no token of {@link fakeTokenizer} has them. */
export const MARKERS = { headStart: 1, headEnd: 2, tailStart: 3, tailEnd: 4 };

/** Tag groups of the fake model. */
export const GROUPS = [
  { name: 'trigger', labels: ['O', 'B-Adverse_event', 'I-Adverse_event', 'B-Combination', 'I-Combination'] },
  { name: 'main', labels: ['O', 'B-Subject', 'I-Subject', 'B-Effect', 'I-Effect'] },
  { name: 'sub', labels: ['O', 'B-Treatment.Drug', 'I-Treatment.Drug', 'B-Treatment.Dosage', 'I-Treatment.Dosage'] },
  { name: 'combination', labels: ['O', 'B-Combination.Drug', 'I-Combination.Drug'] },
];

/** Tag groups of a fake model of facts. */
export const FACT_GROUPS = [
  ...GROUPS,
  { name: 'entity', labels: ['O', ...['problem', 'medication', 'dose', 'test', 'value'].flatMap((label) => [`B-${label}`, `I-${label}`])] },
  { name: 'certainty', labels: ['O', 'I-absent', 'I-possible', 'I-hypothetical'] },
  { name: 'time', labels: ['O', 'I-past', 'I-future'] },
  { name: 'subject', labels: ['O', 'I-family', 'I-other'] },
  { name: 'action', labels: ['O', 'I-stop', 'I-allergy'] },
];

/** A model of facts: its rows read up to three tokens of their heading. */
export function factModel(): LoadedModel {
  const model = fakeModel({ maxTokens: 40, relationTokens: 50 });
  const candidates = [{ head: 'medication', tails: ['problem'] }];
  const tasks = model.tasks.map((task): TaskSpec => {
    if (task.kind === 'tagging') return { ...task, name: 'facts', groups: FACT_GROUPS, headingTokens: 3, confidence: { problem: [1, -1] } };
    return task.relation === null ? task : { ...task, relation: { ...task.relation, candidates } };
  });
  return { ...model, tasks };
}

/** A model with the three text tasks and short rows. */
export function fakeModel({ maxTokens = 24, relationTokens = 30 } = {}): LoadedModel {
  const task = (spec: Partial<TaskSpec> & Pick<TaskSpec, 'name' | 'kind'>): TaskSpec => ({
    maxTokens,
    labels: [],
    groups: [],
    relation: null,
    policies: POLICIES,
    ...spec,
  });
  return {
    name: 'fake',
    version: '1.2.3',
    sha256: 'ab'.repeat(32),
    layers: 12,
    precision: 'fp32',
    tasks: [
      task({ name: 'sections', kind: 'classification', labels: ['genhx', 'plan', 'allergy'] }),
      task({ name: 'events', kind: 'tagging', groups: GROUPS }),
      task({
        name: 'relations',
        kind: 'relation',
        maxTokens: relationTokens,
        labels: ['none', 'adverse_effect'],
        relation: { markerTokenIds: MARKERS, candidates: [{ head: 'Treatment.Drug', tails: ['Effect', 'Treatment.Dosage'] }] },
      }),
    ],
  };
}

const WORD = /[\p{P}\p{S}]|[^\s\p{P}\p{S}]+/gu;
const PIECE = 4;

/** Words at white space and around each sign; each word in pieces of four characters. Ids tell the piece, from 10 on. */
export const fakeTokenizer: Tokenizer = { clsId: 8, sepId: 9, padId: 0, encode: async (texts) => texts.map(encode) };

/** What {@link fakeTokenizer} makes of one text. */
export function encode(text: string): Encoding {
  const tokens: { start: number; end: number; first: boolean }[] = [];
  for (const word of text.matchAll(WORD)) {
    const characters = [...word[0]];
    let start = word.index;
    for (let i = 0; i < characters.length; i += PIECE) {
      const end = start + characters.slice(i, i + PIECE).join('').length;
      tokens.push({ start, end, first: i === 0 });
      start = end;
    }
  }
  return {
    tokenIds: Int32Array.from(tokens, ({ start, end }) => idOf(text.slice(start, end))),
    starts: Int32Array.from(tokens, ({ start }) => start),
    ends: Int32Array.from(tokens, ({ end }) => end),
    wordStarts: Uint8Array.from(tokens, ({ first }) => Number(first)),
  };
}

/** Id of a piece of a word. */
export function idOf(piece: string): number {
  let id = 10;
  for (let i = 0; i < piece.length; i++) id = (id * 31 + piece.charCodeAt(i)) % 100_003;
  return id + 10;
}

/** How a fake engine answers. Tags by the id of the word's first piece, as `group -> word -> label`. */
export interface Answers {
  readonly tags?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** @default GROUPS */
  readonly groups?: TaskSpec['groups'];
  readonly section?: string;
  readonly relation?: string;
  /** Answers a row in its own way; undefined leaves it to the rest. */
  readonly row?: (row: NoteRow) => Outcome | undefined;
}

/** An engine's `run` that keeps the rows of every call. */
export function fakeRun({ tags = {}, section = 'genhx', relation = 'adverse_effect', groups = GROUPS, row: own }: Answers = {}): {
  run: RunRows;
  calls: NoteRow[][];
} {
  const calls: NoteRow[][] = [];
  const ids = new Map(
    Object.entries(tags).flatMap(([group, words]) =>
      Object.entries(words).map(([word, tag]) => [`${group} ${idOf(word.slice(0, PIECE))}`, tag]),
    ),
  );
  const answer = (row: NoteRow): Outcome => {
    if (row.task === 'sections') return pooledOutcome(row, section);
    if (row.task === 'relations') return pooledOutcome(row, relation);
    const tagOf = (group: number, token: number) =>
      Math.max(0, groups[group]!.labels.indexOf(ids.get(`${groups[group]!.name} ${row.tokenIds[token]}`) ?? 'O'));
    return taggingOutcome(row, tagOf, groups);
  };
  return {
    calls,
    run: async (rows) => {
      calls.push([...rows]);
      return rows.map((row) => own?.(row) ?? answer(row));
    },
  };
}

/** A pooled answer after layer 3. */
export function pooledOutcome({ id, task }: Row, label: string): PooledOutcome {
  return {
    kind: 'pooled',
    id,
    task,
    label,
    confidence: 0.9,
    logits: new Float32Array(2),
    exitLayer: 3,
    exitReason: 'entropy',
    entropy: 0.05,
    computeMs: 2,
    queueMs: 1,
  };
}

/** A tagging answer after layer 5, with one tag a group and token, each of probability 0.81. */
export function taggingOutcome(
  { id, task, tokenIds }: Row,
  tagOf: (group: number, token: number) => number,
  groups: TaskSpec['groups'] = GROUPS,
): TaggingOutcome {
  return {
    kind: 'tagging',
    id,
    task,
    tags: groups.map((_, group) => Uint8Array.from(tokenIds, (_id, token) => tagOf(group, token))),
    confidences: groups.map(() => new Float32Array(tokenIds.length).fill(0.81)),
    exitLayer: 5,
    exitReason: 'patience',
    entropy: 0.2,
    computeMs: 4,
    queueMs: 1,
  };
}
