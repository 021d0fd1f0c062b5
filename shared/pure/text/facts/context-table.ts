import { AFFIRMATION, HYPOTHESIS, NEGATION, POSSIBILITY } from './certainty-cues.ts';
import { type CueValue, cueOf, type Entry, type Row } from './cue-rows.ts';
import { ACTION, TIME } from './time-and-action-cues.ts';
import { type Phrases, phrases } from './tokens.ts';

/** Words behind which cues before them say nothing more, and the other way round. */
const ENDS =
  'but, however, although, though, except, except for, apart from, aside from, other than, besides, yet, nevertheless, still, though he, otherwise, whereas, while, ' +
  'because, since, due to, secondary to, as a result of, caused by, attributed to, cause of, source of, reason for, as a cause of, in the setting of, at the time of, associated with, related to, treatment for, medication for, medications for, when, where, after, ' +
  'he (has|had|does|did|is|was|reports|states|notes), she (has|had|does|did|is|was|reports|states|notes), patient (has|had|is|was|reports|states), which, who, so, and (has|had|is|was|reports|presents|now|started|then), ' +
  'now with, with the exception of, only, just, and some, there (is|are|was|were) (a|an|some|mild|moderate|severe|)';

/** Words that look like a cue and are none. */
const NO_CUES =
  'no (increase|change|changes|significant change|significant interval change|interval change|suspicious change|increased) (in|of|from|), no (further|more) (increase|change), not only, not necessarily, no matter, gram negative, gram - negative, ' +
  'hiv negative, not (certain|sure) (if|whether|that), not cause, not drain, not (better|improved|improving|controlled|well controlled|adequately controlled|responding|relieved|helped|helping|worse|changed), ' +
  'no (relief|benefit|improvement|help|better|worse|improvement in|relief of|relief from|benefit for) (in|of|from|with|), without (relief|improvement|difficulty in|change), no longer, denies issues with, denies problems with, (denies|no|without) (any|) (previous|prior|) (treatment|medication|medications) for, denies taking any (medication|medications) for, no doubt, without (further|) difficulty, ' +
  'no problem with, no response, not (a|) known, not extend, if (so|any|possible), (see|questioned|asked|asks|wonders|wondering|wondered|unsure|sure|know|determine|unclear|question|decide) (if|whether), as if, once (daily|a|an|every|per|weekly|at|in|nightly|the|only|monthly|again|more), no - touch, likely to (benefit|need|require), most of, risk (factors|factor|stratification|assessment|score|index) (for|of|), ' +
  'no known (drug|medication|) allergies, nkda, not (taken|taking) (as|it|them), non - (insulin|steroidal|productive|st|invasive|smoker|smoking|union|specific|tender), non (stemi|smoker|drinker|insulin|steroidal|productive|specific|tender), past (few|several|couple|two|three|four|five|six|week|weeks|month|months|day|days|year|years|hour|hours), ' +
  'old (male|female|man|woman|gentleman|lady|boy|girl|patient), year old, years old, start of, getting (better|worse), get (better|worse), hold (on|still), off work, off and on, on and off, off (balance|feet|the), take (care|off), try to, for (the past|the last|a|an|about|more than|several|over), lower (lobe|extremity|extremities|back|quadrant|leg|legs|abdominal|abdomen|limb|limbs|gi|lip|lid|eyelid|lung|pole|left|right), ' +
  'past (medical|surgical) history :, previous (notes|records), prior to (admission|arrival|discharge|this|presentation|surgery|the), (considered|felt|thought) (stable|safe|well), follow up (in|on|as|visit|appointment), next (week|month|day|visit|to|year), year - old, years - old, yo, (family|fam) (history|hx) (of|), fh of, no (acute|apparent|) distress, hold (for|if)';

/** The axes that have cues in the table; whose a mention is, {@link experiencers} says. */
export type CueAxis = CueValue['axis'];

const AXES: Readonly<Record<CueAxis, readonly Row[]>> = {
  certainty: [...NEGATION, ...AFFIRMATION, ...POSSIBILITY, ...HYPOTHESIS],
  time: [...TIME, ...NEGATION.filter(([, , values]) => values.some(({ axis }) => axis === 'time'))],
  action: ACTION,
};

const tableOf = (axis: CueAxis): Phrases<readonly Entry[]> => {
  const rows = AXES[axis].map((row): [string, readonly Entry[]] => {
    const cue = cueOf(row);
    return [row[0], [{ ...cue, values: cue.values.filter((value) => value.axis === axis) }]];
  });
  return phrases([...rows, [ENDS, ['end'] as const], [NO_CUES, ['none'] as const]], (a, b) => (a === b ? a : [...a, ...b]));
};

/**
 * The trigger table of ConText (Harkema, Dowling, Thornblade, Chapman: ConText: an algorithm for determining negation, experiencer, and temporal status from
 * clinical reports. J Biomed Inform 2009), in phrases of our own, by axis: within one the longest phrase counts. A phrase may hold several cues: `consider`
 * makes a problem possible and a test hypothetical.
 */
export const CUES: Readonly<Record<CueAxis, Phrases<readonly Entry[]>>> = {
  certainty: tableOf('certainty'),
  time: tableOf('time'),
  action: tableOf('action'),
};
