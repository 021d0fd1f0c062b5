import type { AssertedSubject } from '@epee/records';
import type { Range } from '../cut/lines.ts';
import type { Token } from './tokens.ts';

const words = (list: string): ReadonlySet<string> => new Set(list.split(' '));

const RELATIVES = words(
  'mother father mom mum mommy mummy mammy dad daddy parent parents brother brothers sister sisters sibling siblings son sons daughter daughters child children ' +
    'grandmother grandfather grandma grandpa gran grandad granddad grandparent grandparents grandson granddaughter aunt aunts uncle uncles cousin cousins nephew niece ' +
    'wife husband spouse twin maternal paternal relatives relative fhx fh family half-brother stepmother stepfather',
);
const OTHERS = words(
  'roommate roommates coworker coworkers colleague colleagues friend friends neighbour neighbor boyfriend girlfriend partner flatmate flatmates housemate housemates ' +
    'donor classmate classmates contact contacts baby infant fetus foetus fetal foetal newborn guests campers campmate teammates passenger passengers people everyone someone anyone',
);
/** Words after a person who tells of the patient, or is told. */
const TELLING = words(
  'reports reported states stated says said notes noted noticed denies denied describes described gave gives gives thinks thought feels felt brought brings called calls ' +
    'found saw confirms confirmed translated translating interpreting worried concerned is was at present will can could who and witnessed heard drove drives helps ' +
    'counselled counseled told visited asks asked agrees agreed updated supportive aware works took takes',
);
/** Words before a person with whom, or through whom, something is done. */
const COMPANY = words('per with by to from for like lives and of called via through between informed telling tell told let');
/** Words behind a person that say what that person has. */
const HAVING = words(
  "has had have with died diagnosed suffers suffered having positive carries needed ; : , - – ( 's who's also both all age aged developed got being",
);
/** Words with which a new subject begins. */
const PATIENT = words('he she patient pt i you they his her my your');

/** A person other than the patient, and the tokens over which the mention of that person reaches. */
export interface Experiencer {
  readonly value: Exclude<AssertedSubject, 'patient'>;
  readonly cue: Range;
  /** First token of the reach, and the one after its last. */
  readonly from: number;
  readonly to: number;
  readonly strength: number;
}

/**
 * The people in a sentence whose problems it tells of: relatives and others who have, had or died of something. Someone who
 * reports, accompanies or lives with the patient is none.
 *
 * @param isMention whether a token belongs to a problem, medication, test or procedure
 * @param inFamilySection whether the whole sentence is about the family
 */
export function experiencers(tokens: readonly Token[], isMention: (token: number) => boolean, inFamilySection: boolean): Experiencer[] {
  const found: Experiencer[] = [];
  tokens.forEach((token, index) => {
    const word = token.word.replace(/'s$/, '');
    const value = RELATIVES.has(word) ? 'family' : OTHERS.has(word) ? 'other' : null;
    if (value === null || isMention(index)) return;
    const before = tokens[index - 1]?.word ?? '';
    const next =
      /^(?:has|had|have)$/.test(tokens[index + 1]?.word ?? '') && TELLING.has(tokens[index + 2]?.word ?? '')
        ? tokens[index + 2]!.word
        : (tokens[index + 1]?.word ?? '');
    if (tokens[index - 2]?.word === 'as' || ((before === 'in' || before === 'among') && /^(?:children|people|infants)$/.test(word))) return;
    const owned = /'s$/.test(token.word) && !isMention(index + 1);
    const close = isMention(index + 1) || HAVING.has(next);
    if (before === 'in' || (/^(?:his|her|their|my|the|a)$/.test(before) && tokens[index - 2]?.word === 'in')) {
      found.push({ value, cue: token, from: backward(tokens, index, isMention), to: index, strength: 0.95 });
      return;
    }
    const company = COMPANY.has(before) || (/^(?:his|her|their|my|the)$/.test(before) && COMPANY.has(tokens[index - 2]?.word ?? ''));
    if (!inFamilySection && (owned || (company && next !== 'has' && next !== 'had') || (TELLING.has(next) && !isHistory(tokens, index))))
      return;
    const history = isHistory(tokens, index);
    if (!close && !history && !inFamilySection) {
      if (!tokens.slice(index + 1, index + 6).some(({ word: near }) => /^(?:has|had|have|died|diagnosed|with)$/.test(near))) return;
    }
    const strength = close || history || inFamilySection ? 0.95 : 0.8;
    found.push({ value, cue: token, from: index + 1, to: forward(tokens, index + 1), strength });
  });
  return found;
}

const isHistory = (tokens: readonly Token[], index: number): boolean => {
  const word = tokens[index]!.word;
  if (word === 'fh' || word === 'fhx') return true;
  return (
    (word === 'family' || word === 'maternal' || word === 'paternal') &&
    /^(?:history|hx|h|members?|with)$/.test(tokens[index + 1]?.word ?? '')
  );
};

/** To the end of the clause: a full stop, a semicolon, a new subject. */
function forward(tokens: readonly Token[], from: number): number {
  for (let at = from; at < tokens.length; at += 1) {
    const { word } = tokens[at]!;
    if (word === '.' || word === ';') return at;
    if (at > from + 1 && PATIENT.has(word) && !RELATIVES.has(tokens[at + 1]?.word ?? '')) return at;
    if (word === 'but' || word === 'however') return at;
  }
  return tokens.length;
}

/** "Asthma and eczema in his mother": over the mentions of one list. */
function backward(tokens: readonly Token[], before: number, isMention: (token: number) => boolean): number {
  let others = 0;
  for (let at = before - 1; at >= 0; at -= 1) {
    const { word } = tokens[at]!;
    if (word === '.' || word === ';' || (PATIENT.has(word) && at < before - 1)) return at + 1;
    if (!isMention(at) && !/^(?:,|and|or|of|\/|in)$/.test(word)) others += 1;
    if (others > 3) return at + 1;
  }
  return 0;
}
