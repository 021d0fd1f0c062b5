import { ENTITY_KINDS, type EntityKind, entityKind, type NoteLine, type ResultJson, type ViewedFact, viewNote } from '@epee/records';
import { escapeNote } from './html.ts';
import { NOTES_STYLE } from './notes-style.ts';
import { htmlDocument } from './page.ts';
import { runHtml } from './run-html.ts';
import { STYLE } from './theme.ts';

/** A note with its result. */
export interface NoteToShow {
  readonly text: string;
  readonly result: ResultJson;
}

const KIND_NAMES: Readonly<Record<EntityKind, string>> = {
  problem: 'Problems',
  medication: 'Medications',
  test: 'Tests',
  procedure: 'Procedures',
  value: 'Values',
  anatomy: 'Body parts',
  detail: 'Doses, routes, frequencies',
  time: 'Times',
  severity: 'Severities',
  other: 'Other',
};

/**
 * One self-contained page with notes and their facts: the text with what was found set off, and
 * beside it the facts with what belongs to them. What the model says of a span (its exit layer and
 * confidence, too) shows on hover and on focus. Nothing is loaded and nothing runs.
 */
export function notesPage(notes: readonly NoteToShow[]): string {
  const views = notes.map(({ text, result }, at) => ({ result, prefix: `n${at + 1}`, lines: viewNote(text, result) }));
  const [only] = notes;
  const title = notes.length === 1 ? only!.result.documentId : `${notes.length} notes with their facts`;
  const main = [
    `<h1>${escapeNote(title)}</h1>`,
    '<p class="about">What was found in the text. Hover over a marked span, or move to it with the Tab key, to see what is said of it.</p>',
    legend(),
    ...(notes.length > 1 ? [index(views)] : []),
    ...views.map((view) => article(view, notes.length > 1)),
  ];
  return htmlDocument({ title, style: `${STYLE}\n${NOTES_STYLE}`, main: main.join('\n') });
}

interface View {
  readonly result: ResultJson;
  /** Of the ids of its elements. */
  readonly prefix: string;
  readonly lines: readonly NoteLine[];
}

function legend(): string {
  const kinds = ENTITY_KINDS.filter((kind) => kind !== 'other').map(
    (kind) => `<span class="f ${kind}">${escapeNote(KIND_NAMES[kind].toLowerCase())}</span>`,
  );
  const ways = [
    '<span class="f problem absent">absent</span>',
    '<span class="f problem possible">possible<sup>?</sup></span>',
    '<span class="f problem past">past</span>',
    '<span class="f test future">planned</span>',
    '<span class="f problem">of a relative<sup>family</sup></span>',
  ];
  return `<p class="key" aria-label="Legend">${[...kinds, ...ways].join(' ')}</p>`;
}

function index(views: readonly View[]): string {
  const rows = views.map(({ result, prefix, lines }) => {
    const facts = lines.flatMap(({ facts: own }) => own);
    const amounts = (['problem', 'medication', 'test', 'procedure'] as const).map(
      (kind) => facts.filter((fact) => fact.kind === kind).length,
    );
    const cells = [...amounts, result.events.length].map((amount) => `<td class="right">${amount === 0 ? '' : amount}</td>`).join('');
    return `<tr><td><a href="#${prefix}">${escapeNote(result.documentId)}</a></td>${cells}</tr>`;
  });
  const heads = ['problems', 'medications', 'tests', 'procedures', 'events'].map((name) => `<th scope="col" class="right">${name}</th>`);
  return `<nav aria-label="Notes"><section><h2>Notes</h2><div class="scroll"><table><thead><tr><th scope="col">note</th>${heads.join('')}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div></section></nav>`;
}

function article({ result, prefix, lines }: View, isOneOfMany: boolean): string {
  const facts = new Map(lines.flatMap((line) => line.facts).map((fact) => [fact.entity.id, fact]));
  const text = lines.map(({ runs }) => runs.map((run) => runHtml(run, { prefix, facts })).join('')).join('\n');
  const head = isOneOfMany ? `<h2>${escapeNote(result.documentId)}</h2>` : '';
  return [
    `<article id="${prefix}">`,
    head,
    `<p class="about">${escapeNote(sourceOf(result))}</p>`,
    `<div class="pair"><div class="text" lang="en">${text}</div><aside aria-label="Facts">${sheet({ result, prefix, lines })}</aside></div>`,
    '</article>',
  ].join('\n');
}

function sourceOf({ models, compute, noteType }: ResultJson): string {
  const parts = [
    ...(noteType ? [noteType] : []),
    ...models.map(({ name, version, policy }) => `${name} ${version}, policy ${policy}`),
    compute.rows === 0
      ? 'no row was run'
      : `mean exit layer ${(compute.layersRun / compute.rows).toFixed(1)} of ${Math.round(compute.layersFull / compute.rows)}`,
  ];
  return parts.join(' · ');
}

/** The facts by kind. */
function sheet({ result, prefix, lines }: View): string {
  const facts = lines.flatMap((line) => line.facts);
  const parts = ENTITY_KINDS.flatMap((kind) => {
    const own = facts.filter((fact) => fact.kind === kind);
    return own.length === 0 ? [] : [`<h3>${KIND_NAMES[kind]}</h3><ul>${own.map((fact) => factItem(fact, prefix)).join('')}</ul>`];
  });
  const names = new Map(result.entities.map(({ id, text }) => [id, text]));
  const events = result.events.map(({ type, text, arguments: filled }) => {
    const words = filled.map(
      ({ role, entityId }) =>
        `${role.replace(/^.*\./, '').toLowerCase()} ${link(names.get(entityId) ?? entityId, `${prefix}-${entityId}`)}`,
    );
    return `<li><b>${escapeNote(type.replaceAll('_', ' '))}</b> “${escapeNote(text)}”<small>${words.join(' · ')}</small></li>`;
  });
  const drawn = events.length === 0 ? parts : [`<h3>Drug events</h3><ul>${events.join('')}</ul>`, ...parts];
  return drawn.length === 0 ? '<p class="about">Nothing was found.</p>' : drawn.join('\n');
}

function factItem({ entity, kind, qualifiers, links }: ViewedFact, prefix: string): string {
  const more = [
    ...links.map(({ name, entity: other }) => `${escapeNote(name)} ${link(other.text, `${prefix}-${other.id}`)}`),
    ...entity.codes.map(({ system, code, display }) => `<span title="${escapeNote(display)}">${escapeNote(`${system} ${code}`)}</span>`),
  ];
  const marks = qualifiers.map((word) => `<i>${escapeNote(word)}</i>`).join('');
  const label = entityKind(entity.label) === entity.label ? '' : `<i>${escapeNote(entity.label)}</i>`;
  const isAbsent = qualifiers.includes('absent') ? ' class="no"' : '';
  return `<li${isAbsent}><a class="${kind}" href="#${prefix}-${escapeNote(entity.id)}">${escapeNote(entity.text)}</a>${label}${marks}${more.length === 0 ? '' : `<small>${more.join(' · ')}</small>`}</li>`;
}

const link = (text: string, id: string) => `<a href="#${escapeNote(id)}">${escapeNote(text)}</a>`;
