import assert from 'node:assert/strict';
import fc from 'fast-check';
import { judgePair } from '../../../../../shared/pure/text/facts/adverse.ts';
import { type MentionContext, readContext } from '../../../../../shared/pure/text/facts/context.ts';
import { readMarked } from './marked.ts';

/** A sentence; what is not default of its mentions, in order; what it says of its first medication and first problem. */
type Case = readonly [marked: string, said: string, pair?: string | undefined, heading?: string];

const CASES: readonly Case[] = [
  ['No {p|rash} after {m|amoxicillin}.', 'absent, -', 'none'],
  ['She denies {p|bleeding} on {m|apixaban}.', 'absent, -', 'none'],
  ['The risk of {p|lactic acidosis} with {m|metformin} was discussed.', 'hypothetical, -', 'none'],
  ['Her father had {p|a bleed} on {m|warfarin}.', 'family, -', 'none'],
  ['{m|Simvastatin} was stopped because of {p|muscle aches}.', 'stop, -', 'adverse_effect'],
  ['He has a {p|cough} on {m|lisinopril}.', '-, -', 'adverse_effect'],
  ['{m|Penicillin} ({p|hives})', 'allergy, -', 'adverse_effect', 'ALLERGIES'],
  ['{m|Sulfa} - {p|rash}, {m|codeine} - {p|nausea}', 'allergy, -, allergy, -', 'adverse_effect', 'Allergies'],
  ['{m|Tylenol} {f|PRN} {p|headache}', '-, hypothetical', 'indication'],
  ['{m|Ondansetron} {d|4 mg} as needed for {p|nausea}.', '-, hypothetical', 'indication'],
  ['{p|Pneumonia} was not ruled out.', 'possible'],
  ['{p|Endocarditis} was ruled out.', 'absent'],
  ['No increase in {p|wheezing}.', '-'],
  ['Not only {p|vertigo} but tinnitus bothers her.', '-'],
  ['Gram negative {p|bacteremia}.', '-'],
  ['Denies {p|fever}, {p|chills}, or {p|nausea}.', 'absent, absent, absent'],
  ['Denies {p|fever} but has a {p|sore throat}.', 'absent, -'],
  ['No {p|edema}, {p|clubbing} or {p|cyanosis}.', 'absent, absent, absent'],
  ['Negative for {p|dysuria} and {p|hematuria}.', 'absent, absent'],
  ['{p|Night sweats} are absent.', 'absent'],
  ['{p|Orthopnea}: no', 'absent'],
  ['{p|Chest pain} - none', 'absent'],
  ['{p|Cough} (-), {p|wheeze} (+)', 'absent, -'],
  ['[ ] {p|fever} [x] {p|cough}', 'absent, -'],
  ['+ {p|cough}, - {p|fever}', '-, absent'],
  ['There is no evidence of {p|metastasis}.', 'absent'],
  ['Findings are not consistent with {p|cellulitis}.', 'absent'],
  ['{t|CT} without {m|contrast}.', '-, absent'],
  ['She declined {m|statins}.', 'absent'],
  ['No laxity on {t|drawer test}.', '-'],
  ['No {p|vomiting}, no {p|diarrhea}, {p|bloating} after meals.', 'absent, absent, -'],
  ['Possible {p|pulmonary embolism}.', 'possible'],
  ['?{p|UTI}', 'possible'],
  ['{t|Ultrasound} to rule out {p|thrombosis}.', '-, possible'],
  ['{p|Gout} versus {p|septic arthritis}.', 'possible, possible'],
  ['{p|Abscess} cannot be excluded.', 'possible'],
  ['Suspicious for {p|malignancy}.', 'possible'],
  ['Return for {p|fever} or {p|worsening pain}.', 'hypothetical, hypothetical'],
  ['Call us if {p|redness} spreads.', 'hypothetical'],
  ['Risks including {p|bleeding}, {p|infection} and {p|nerve injury} were explained.', 'hypothetical, hypothetical, hypothetical'],
  ['Warned about {p|drowsiness}.', 'hypothetical'],
  ['No history of {p|stroke}.', 'absent past'],
  ['No prior {o|surgery}.', 'absent past'],
  ['History of {p|hypertension}.', '-'],
  ['History of {p|kidney stones}.', 'past'],
  ['Status post {o|appendectomy} {w|in 2011}.', 'past'],
  ['h/o {o|tonsillectomy}', 'past'],
  ['{p|Jaundice} has resolved.', 'past'],
  ['He is a {p|non-smoker}.', 'absent'],
  ['She is an {p|ex-smoker}.', 'past'],
  ['We will order an {t|echocardiogram}.', 'future'],
  ['Scheduled for {o|hip replacement} {w|next week}.', 'future'],
  ['{t|MRI} {w|tomorrow}', 'future'],
  ['{o|Cholecystectomy}', 'past', undefined, 'PAST SURGICAL HISTORY'],
  ['{p|Breast cancer} in her mother.', 'family'],
  ['Mother with {p|lupus}; brother {p|asthma}.', 'family, family'],
  ['FHx: {p|diabetes}', 'family'],
  ['No family history of {p|glaucoma}.', 'absent family'],
  ['His wife reports that he has {p|memory loss}.', '-'],
  ['Roommate had {p|influenza}.', 'other'],
  ['Start {m|metformin} {d|500 mg} {f|BID}.', 'start'],
  ['{m|Warfarin} was held.', 'stop'],
  ['Discontinue {m|ibuprofen} and {m|naproxen}.', 'stop, stop'],
  ['Increase {m|gabapentin} to {d|300 mg} {f|TID}.', 'increase'],
  ['{m|Prednisone} was tapered.', 'decrease'],
  ['Continue {m|aspirin}, {m|clopidogrel}.', 'continue, continue'],
  ['Switched from {m|enalapril} to {m|losartan}.', 'stop, switch'],
  ['{m|Torsemide} replaces {m|furosemide}.', 'switch, stop'],
  ['{m|Sertraline} from {d|50 mg} to {d|100 mg}', 'increase'],
  ['Allergic to {m|latex}.', 'allergy'],
  ['{p|Tinnitus} caused by {m|gentamicin}.', '-, -', 'adverse_effect'],
  ['{m|Amiodarone}-induced {p|thyrotoxicosis}.', '-, -', 'adverse_effect'],
  ['{p|Seizures} despite {m|levetiracetam}.', '-, -', 'none'],
  ['{p|Pain} improved with {m|ketorolac}.', '-, -', 'indication'],
  ['Takes {m|omeprazole} for {p|heartburn}.', '-, -', 'indication'],
  ['After {m|vancomycin} she developed {p|flushing}.', '-, -', 'adverse_effect'],
  ['{m|Lithium} and {p|tremor} are listed.', '-, -', 'unknown'],
];

function contextsOf(
  marked: string,
  heading?: string,
): { contexts: MentionContext[]; text: string; spans: ReturnType<typeof readMarked>['spans'] } {
  const { text: body, spans } = readMarked(marked);
  const title = heading === undefined ? '' : `${heading}\n`;
  const text = title + body;
  const moved = spans.map((span) => ({ ...span, start: span.start + title.length, end: span.end + title.length }));
  return {
    text,
    spans: moved,
    contexts: readContext({
      text,
      sentence: { start: title.length, end: text.length },
      spans: moved,
      heading: heading === undefined ? null : { title: heading, start: 0, end: heading.length },
    }),
  };
}

const DEFAULTS = new Set(['present', 'current', 'patient', undefined]);
const said = ({ certainty, time, subject, action }: MentionContext) =>
  [certainty.value, time.value, subject.value, action?.value].filter((value) => !DEFAULTS.has(value)).join(' ') || '-';

describe('what the rules say of a mention', () => {
  for (const [marked, expected, pair, heading] of CASES) {
    it(`${heading === undefined ? '' : `[${heading}] `}${marked}`, () => {
      const { contexts, text, spans } = contextsOf(marked, heading);
      assert.equal(contexts.map(said).join(', '), expected);
      if (pair === undefined) return;
      const [medication, problem] = ['medication', 'problem'].map((label) => contexts.find(({ span }) => span.label === label)!);
      const input = { text, sentence: { start: 0, end: text.length }, spans, medication: medication!, problem: problem! };
      assert.equal(judgePair(input).verdict, pair);
    });
  }

  it('a cue says where it stands and what decided', () => {
    const { contexts, text } = contextsOf('Denies any {p|syncope}.');
    const { certainty, time } = contexts[0]!;
    assert.equal(certainty.source, 'cue');
    assert.equal(text.slice(certainty.cue!.start, certainty.cue!.end), 'Denies');
    assert.deepEqual([time.source, time.cue], ['default', null]);
    assert.equal(contextsOf('{o|Vasectomy}', 'PAST SURGICAL HISTORY').contexts[0]!.time.source, 'section');
  });

  it('reads any text without an error, and cues lie in it', () => {
    const words = fc.constantFrom(
      'no ',
      'denies ',
      '{p|rash}',
      '{m|drug}',
      '{t|CT}',
      ', ',
      '. ',
      'if ',
      '[ ] ',
      'mother ',
      ' - ',
      ': ',
      'switch to ',
      '(',
      ')',
      'was held ',
      '\n',
      '?',
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 25 }), (parts) => {
        const { contexts, text } = contextsOf(parts.join(''));
        for (const { certainty, time, subject, action } of contexts) {
          for (const axis of [certainty, time, subject, action]) {
            if (axis?.cue) assert.ok(axis.cue.start >= 0 && axis.cue.start < axis.cue.end && axis.cue.end <= text.length);
          }
        }
      }),
    );
  });
});
