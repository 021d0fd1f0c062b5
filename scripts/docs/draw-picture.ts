import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Entity, ResultJson } from '@epee/records';
import { splitSections, splitSentences } from '@epee/text';
import { drawPicture, type Mark, type MarkKind, type PictureSentence } from './picture.ts';

const root = new URL('../../', import.meta.url);
const NOTE = 'deploy/samples/discharge-summary-pneumonia.txt';
/** The part of the note that is shown. */
const FIRST = 'Rash.';
const SENTENCES = 8;
const POLICY = 'fast';
const PICTURE = new URL('docs/pictures/extraction.svg', root);

const sentences = shownSentences(readFileSync(new URL(NOTE, root), 'utf8'));
const results = extract(sentences);
const layers = results[0]!.compute.layersFull / results[0]!.compute.rows;
mkdirSync(new URL('.', PICTURE), { recursive: true });
writeFileSync(
  PICTURE,
  drawPicture(
    sentences.map((text, index) => pictureSentence(text, results[index]!)),
    {
      title: 'What epee extract finds in a discharge summary, sentence by sentence',
      footer: `Model clinical-notes, policy ${POLICY}. The note is made up: ${NOTE}`,
      layers,
    },
  ),
);
console.log(fileURLToPath(PICTURE));

function shownSentences(note: string): string[] {
  const all = splitSections(note)
    .flatMap(({ body }) => splitSentences(note, body))
    .map(({ textStart, end }) => note.slice(textStart, end));
  const first = all.indexOf(FIRST);
  if (first < 0) throw new Error(`${NOTE} has no sentence ${JSON.stringify(FIRST)}`);
  return all.slice(first, first + SENTENCES);
}

/** What the shipped model finds in each sentence, by the command itself; options of the environment play no part. */
function extract(texts: readonly string[]): ResultJson[] {
  const args = ['services/cli/bin/epee.mjs', 'extract', '-', '--stdin', 'rows', '--sentences', '--policy', POLICY, '--quiet'];
  const input = texts.map((text, index) => JSON.stringify({ id: String(index), text })).join('\n');
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('EPEE_')));
  const output = execFileSync(process.execPath, args, { cwd: root, input, env, encoding: 'utf8' });
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ResultJson);
}

function pictureSentence(text: string, { entities, events, relations, compute }: ResultJson): PictureSentence {
  const textOf = (id: string) => entities.find((entity) => entity.id === id)?.text ?? id;
  const withLabel = (ids: readonly { entityId: string }[], label: string) =>
    ids.map(({ entityId }) => entities.find(({ id }) => id === entityId)!).filter((entity) => entity.label === label);
  const words = (found: readonly Entity[]) => found.map((entity) => entity.text).join(', ') || '-';
  return {
    text,
    // A sentence without entities has rows of the events task alone.
    exitLayer: entities[0]?.exitLayer ?? Math.round(compute.layersRun / compute.rows),
    marks: [...entities.map(markOf), ...events.map(({ start, end }): Mark => ({ start, end, kind: 'trigger' }))],
    findings: [
      ...events.map(
        ({ type, arguments: filled }) =>
          `${type.replaceAll('_', ' ').toLowerCase()}: ${words(withLabel(filled, 'Treatment.Drug'))} -> ${words(withLabel(filled, 'Effect'))}`,
      ),
      ...relations.map(({ headId, label, tailId }) => `${textOf(headId)} --${label}--> ${textOf(tailId)}`),
    ],
  };
}

function markOf({ start, end, label }: Entity): Mark {
  const kinds: Readonly<Record<string, MarkKind>> = { 'Treatment.Drug': 'drug', Effect: 'effect' };
  return { start, end, kind: kinds[label] ?? 'other' };
}
