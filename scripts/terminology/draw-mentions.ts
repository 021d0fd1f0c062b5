import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { openTerminology } from '@epee/terminology-files';

/**
 * Draws entity mentions of a labelled file and prints their codes, to be read by a person:
 * draw-mentions.js FILE.jsonl.gz LABEL SEED COUNT. The last line says how many have a code.
 */
const [file = '', label = '', seed = '1', count = '200'] = process.argv.slice(2);
const rows = gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n');
const mentions = rows.flatMap((line): string[] => {
  const { text, entities } = JSON.parse(line) as { text: string; entities: { type: string; start: number; end: number }[] };
  const characters = Array.from(text);
  return entities.filter((entity) => entity.type === label).map(({ start, end }) => characters.slice(start, end).join(''));
});
const random = mulberry32(Number(seed));
const drawn = mentions
  .map((text) => ({ text, at: random() }))
  .sort((a, b) => a.at - b.at)
  .slice(0, Number(count));
const { codesOf } = await openTerminology(null);
let coded = 0;
for (const { text } of drawn) {
  const codes = codesOf(label, text);
  if (codes.length > 0) coded += 1;
  const shown = codes.map(({ system, code, display, match }) => `${system}:${code} ${display} (${match[0]})`);
  console.log(`${text.replace(/\s+/g, ' ')}  =>  ${shown.join(' ; ') || '-'}`);
}
console.log(`${coded} of ${drawn.length} mentions coded (${mentions.length} in the file)`);

/** A small generator of chance with a seed (Tommy Ettinger, public domain). */
function mulberry32(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
