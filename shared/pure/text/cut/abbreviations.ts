/** How an abbreviation's full stop may end a sentence. */
export type AbbreviationKind =
  /** A name or explanation must follow ("Dr.", "e.g."): its stop never ends a sentence. */
  | 'prefix'
  /** Stands before a number ("No. 5", "Fig. 2"); before anything else it is a word like others. */
  | 'number'
  /** A dose, unit or time ("b.i.d.", "mg."): ends one before any capitalised word that is not another part of the prescription. */
  | 'dosing'
  /** Anything else ("Inc.", "etc.", "hx."): ends one before a capitalised word, not before one in capitals throughout. */
  | 'other';

const PREFIX = 'dr drs mr mrs ms prof rev gen sgt capt st vs v e.g eg i.e ie viz cf ca approx incl esp';
/** Words in capitals that are findings, not titles: cancer, multiple sclerosis. */
const NO_PREFIX_IN_CAPITALS: ReadonlySet<string> = new Set(['CA', 'MS', 'ST', 'GEN', 'REV', 'V']);
/** Words that are written without a full stop of their own: it ends a sentence. */
const WHOLE_WORDS: ReadonlySet<string> = new Set(['exam', 'meds', 'daily', 'ER']);

const NUMBER =
  'no nos fig figs ref refs vol chap sect eq hgb hb hct plt plts wbc rbc esr crp bun cr creat gluc glu bili alb inr trop tsh bp hr rr sat sats tmax ph';

const DOSING =
  'b.i.d bid t.i.d tid q.i.d qid q.d qd q.o.d qod q.h.s qhs q.a.m qam q.p.m qpm q.h p.o po i.v iv i.m im s.c sc s.q sq sub.q subq s.l sl p.r p.r.n prn n.p.o npo ' +
  'a.c ac p.c pc h.s hs o.d od o.s os o.u ou a.d ad a.s as a.u au mg mcg ug ml cc dl meq mmol kg lb lbs oz cm mm hr hrs min mins sec secs wk wks mo mos yr yrs ' +
  'a.m am p.m pm tab tabs cap caps gtt gtts inj susp sol soln daily x.l xl e.r er';

const OTHER =
  'al etc inc ltd co corp univ dept hosp jr sr m.d md d.o do ph.d phd r.n rn n.p np p.a pa pt pts hx dx rx tx sx fx bx s.p sp spp subsp w.o h.o c.o y.o yo d.c f.u temp ' +
  'wt ht max avg dev diff med meds abd neg pos rt lt bilat hosp admin exam prob jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thurs fri ' +
  'sat sun u.s u.k e.d o.r i.c.u';

const KINDS: ReadonlyMap<string, AbbreviationKind> = new Map([
  ...OTHER.split(' ').map((word): [string, AbbreviationKind] => [word, 'other']),
  ...DOSING.split(' ').map((word): [string, AbbreviationKind] => [word, 'dosing']),
  ...NUMBER.split(' ').map((word): [string, AbbreviationKind] => [word, 'number']),
  ...PREFIX.split(' ').map((word): [string, AbbreviationKind] => [word, 'prefix']),
]);

/**
 * What the word before a full stop is, as an abbreviation.
 *
 * @param word without that stop; any case
 * @returns undefined for a word that is none. Letters with stops between them ("q.6.h", "F.A.C.S") count as `other` even where no list holds them.
 */
export function abbreviationKind(word: string): AbbreviationKind | undefined {
  if (NO_PREFIX_IN_CAPITALS.has(word) || WHOLE_WORDS.has(word)) return undefined;
  return KINDS.get(word.toLowerCase()) ?? (/^\p{L}(?:\.[\p{L}\p{N}]{1,2})+$/u.test(word) ? 'other' : undefined);
}

/** Whether a word goes on with a prescription: "BID", "p.o", "Q6H". */
export function isDosing(word: string): boolean {
  return KINDS.get(word.toLowerCase()) === 'dosing' || /^q\d{1,2}h?/i.test(word);
}
