import { headingKey } from '../cut/heading-table.ts';
import type { Range } from '../cut/lines.ts';

/** What a heading says of the mentions below it. */
export type SectionKind =
  | 'family'
  | 'allergies'
  | 'past'
  | 'pastProcedures'
  | 'plan'
  | 'started'
  | 'stopped'
  | 'continued'
  | 'changed'
  | 'risks'
  | 'other';

const KINDS: readonly (readonly [SectionKind, RegExp])[] = [
  ['family', /^(?:family(?: (?:history|hx|medical history))?|f ?h|f ?hx|f ?m ?h|f ?m ?hx|fam ?(?:hx|history)?)$/],
  ['allergies', /\ballerg|^adrs?$|intoleranc|^drug reactions$|^all$|\bsensitivities\b/],
  ['pastProcedures', /surgical (?:history|hx)|^pshx?$|previous (?:surger|operation)|past operations|prior surger/],
  ['past', /^(?:p ?m ?h|p ?m ?hx|pmsh|past (?:medical |psychiatric |obstetric )?(?:history|hx)|(?:previous|prior) (?:medical )?history)/],
  [
    'stopped',
    /^(?:stop(?: taking)?|stopped|discontinued?|discontinue|medications? (?:stopped|discontinued)|stopped medic\w+|discontinued medic\w+|held|hold|meds stopped)\b/,
  ],
  ['started', /^(?:start(?: taking)?|started|new|new medic\w+|medications? started|new meds|begin)$/],
  ['continued', /^(?:continue(?: taking)?|continued|continue all|unchanged(?: medic\w+)?|continued medic\w+|medications? continued)$/],
  ['changed', /^(?:changed?|change(?:d)? medic\w+|medications? changed|changes?)$/],
  [
    'risks',
    /^(?:risks?(?: explained| discussed| and benefits)?|return precautions|return if|red flags|safety net\w*|warning signs|precautions|counsell?ed|risks and benefits|when to (?:call|seek)\b.*|call (?:if|for)\b.*|return to .*)$/,
  ],
  [
    'plan',
    /\bplan\b|^(?:p|rx|recommend\w*|orders?|to do|todo|follow ?up|additional testing|disposition|dispo|medical treatment|treatment|actions?(?: for gp)?|instructions|advice|investigations requested|next steps|requests?|planned\b.*)$/,
  ],
];

/** The kind of section that a heading begins; `other` where it says nothing of the mentions below it. */
export function sectionKind(heading: string): SectionKind {
  const key = headingKey(heading);
  return KINDS.find(([, words]) => words.test(key))?.[0] ?? 'other';
}

/** A title within a sentence ("FHx - ", "PMH: "), and what it says of what follows it. */
export interface InlineTitle extends Range {
  readonly kind: SectionKind;
}

/** A title: a few words with a colon behind them, or a word that is one before a dash. */
const TITLE = /(?<=^|[.;,|\n]\s*|[-*•]\s+|\d[.)]\s+|\s{2})(\p{L}[\p{L}&/ .]{0,34}?)\s*(:|\s[-–—](?=\s)|[-–—]\s)/gu;
/** What may be a title without a colon behind it. */
const SHORT_TITLE = /^\s*(fh|fhx|fmh|fmhx|pmh|pmhx|psh|pshx|allergies|allergy|all|imp|impression|plan)\b[\s.]+(?=\p{L})/iu;

/** The titles of a sentence, in order. */
export function inlineTitles(text: string, { start, end }: Range): InlineTitle[] {
  const sentence = text.slice(start, end);
  const titles = Array.from(sentence.matchAll(TITLE), ({ index, 0: whole, 1: words }) => ({
    start: start + index,
    end: start + index + whole.length,
    kind: sectionKind(words!),
    colon: whole.trimEnd().endsWith(':'),
  })).filter(({ kind, colon }) => colon || kind !== 'other');
  const short = SHORT_TITLE.exec(sentence);
  if (short !== null && titles[0]?.start !== start) {
    titles.unshift({ start, end: start + short[0].length, kind: sectionKind(short[1]!), colon: false });
  }
  return titles.map(({ start, end, kind }) => ({ start, end, kind }));
}
