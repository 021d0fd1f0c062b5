import type { AssertedTime, Certainty, MedicationAction } from '@epee/records';
import { type Phrases, phrases } from './tokens.ts';
import type { HeadLabel } from './types.ts';

/** What one axis takes from a cue. */
export type CueValue =
  | { readonly axis: 'certainty'; readonly value: Certainty }
  | { readonly axis: 'time'; readonly value: AssertedTime }
  | { readonly axis: 'action'; readonly value: MedicationAction };

/** A cue: what it says, of which mentions. */
export interface Cue {
  readonly values: readonly CueValue[];
  /** Where the mentions are that it speaks of: behind it, before it, or on both sides. */
  readonly reach: 'right' | 'left' | 'both';
  /** About how often it is right, 0 to 1. */
  readonly strength: number;
  /** Words outside mentions that may stand between it and the last mention that it speaks of. */
  readonly window: number;
  /** Labels of the mentions that it speaks of; all where left out. */
  readonly labels?: readonly HeadLabel[];
}

/** A phrase of the table: a cue, or words that end the reach of cues, or words that look like a cue and are none. */
export type Entry = Cue | 'end' | 'none';

const SURE = 0.97;
const FAIR = 0.9;
const WEAK = 0.75;
const FAR = 40;

const is = {
  absent: { axis: 'certainty', value: 'absent' },
  present: { axis: 'certainty', value: 'present' },
  possible: { axis: 'certainty', value: 'possible' },
  hypothetical: { axis: 'certainty', value: 'hypothetical' },
  past: { axis: 'time', value: 'past' },
  current: { axis: 'time', value: 'current' },
  future: { axis: 'time', value: 'future' },
  start: { axis: 'action', value: 'start' },
  stop: { axis: 'action', value: 'stop' },
  increase: { axis: 'action', value: 'increase' },
  decrease: { axis: 'action', value: 'decrease' },
  continue: { axis: 'action', value: 'continue' },
  switch: { axis: 'action', value: 'switch' },
  allergy: { axis: 'action', value: 'allergy' },
} as const satisfies Record<string, CueValue>;

type Row = readonly [
  phrases: string,
  reach: Cue['reach'],
  values: readonly CueValue[],
  strength: number,
  window?: number,
  labels?: readonly HeadLabel[],
];

const PROBLEMS: readonly HeadLabel[] = ['problem'];
const MEDICATIONS: readonly HeadLabel[] = ['medication'];
const ORDERED: readonly HeadLabel[] = ['test', 'procedure'];
const GIVEN: readonly HeadLabel[] = ['test', 'procedure', 'medication'];

const NEGATION: readonly Row[] = [
  ['no, nil, zero, no further', 'right', [is.absent], FAIR, 4],
  ['never (a|an|been a|)', 'right', [is.absent], FAIR, 1, PROBLEMS],
  ['denies, deny, denied, denying', 'right', [is.absent], SURE, 8],
  [
    'no (evidence|sign|signs|symptoms|indication|suggestion|complaints|complaint|report|reports|mention|clear|definite|known|significant|new|other|further|more|acute|recent|obvious|associated|current|) ' +
      '(evidence|signs|symptoms|complaints|features|suspicion|concern|concerns) (of|for|to suggest|suggesting|suggestive of), ' +
      'negative for, neg for, - ve for, without (any|) (evidence|sign|signs|symptoms|complaint) of, (no|without) findings of, absence of, ' +
      'free (of|from), (no|without) any, (not|nor) any, never (had|has had|experienced|noticed), not (having|have|had|experiencing|experienced|' +
      'complaining of|report|reporting|endorse|endorsing|show|demonstrate|reveal|identify|visualize|visualise|describe|feel|felt|noticed|noted|seen|see), ' +
      "(doesn't|don't|didn't|hasn't|hadn't|haven't|does not|do not|did not|has not|had not|have not) " +
      '(have|had|report|reported|endorse|complain of|experience|experienced|notice|noticed|show|suggest|demonstrate|appear to have|feel|felt) (any|), ' +
      'resolved without, ruled out for, (does|do|did) not (meet|fit) (criteria for|), failed to (reveal|show|demonstrate), fails to reveal, ' +
      'excludes, excluding, (lack|lacks|lacking) (of|), (nobody|no one|no relatives) (has|had|with|in), nor, neither, denies having, denied having',
    'right',
    [is.absent],
    SURE,
    5,
  ],
  ['without, w / o, w o, wo', 'right', [is.absent], FAIR, 3],
  [
    "not, isn't, wasn't, aren't, weren't, doesn't, didn't, hasn't, don't, cannot, can't, unable to find, non, rather than, instead of",
    'right',
    [is.absent],
    WEAK,
    3,
  ],
  [
    '(is|was|are|were|has been|have been|been|) (denied|ruled out|excluded), (is|was|are|were|) absent, (is|was|are|were|) not ' +
      '(present|seen|identified|noted|appreciated|found|felt|heard|palpable|palpated|evident|visualized|visualised|detected|elicited|demonstrated|observed|reported|apparent|an issue), ' +
      'none, (did|does|has|have|had) not (yet|) (occur|occurred|appear|appeared|develop|developed|happen|happened|recur|recurred), (was|were) not encountered, not (noticed|noted), (was|is|are|were) negative, (was|is) - ve, - none, n / a, never (occurred|happened)',
    'left',
    [is.absent],
    FAIR,
    2,
  ],
  [
    '(is|was|are|were|has been|have been|) not (done|performed|obtained|given|used|needed|required|necessary|indicated|available|taken|attempted|assessed|checked|tolerated|started|administered|placed), ' +
      '(is|was|are|were|be|best|) (declined|refused|avoided|deferred|contraindicated), (was|were|is) not (approved|covered|authorised|authorized), not (taking|using|required|needed|indicated|given|used|approved|covered), never (done|started|taken|filled|given|used), not (yet|) given (yet|)',
    'left',
    [is.absent],
    FAIR,
    2,
    GIVEN,
  ],
  [
    'declines, declined, refuses, refused, not (taking|on|using|getting|requiring|given|started), never (taken|took|used|tried|been on|needed), ' +
      "(does|did|do) not (take|need|require|use|want|receive), doesn't (take|need), didn't (take|need), no need for, no role for, " +
      '(is|was) not (currently|) (on|taking), not checked, avoid, avoids, avoiding, defer, deferred, (did|does|do|would) not want, never on',
    'right',
    [is.absent],
    FAIR,
    3,
    GIVEN,
  ],
  [
    'no (previous|prior|past|personal|known|significant|) (history|hx|h / o|hist) (of|), no past (medical|) history of, never had, (denies|denied|without|negative for|no) ' +
      '(any|a|) (previous|prior|past|personal|) (history|hx) of, no (previous|prior|past), no h / o, no hx',
    'right',
    [is.absent, is.past],
    SURE,
    8,
  ],
];

const AFFIRMATION: readonly Row[] = [
  [
    'reports, reported, endorses, endorsed, complains of, complaining of, complained of, c / o, admits to, admits, positive for, presents with, presented with, ' +
      'presenting with, significant for, notable for, remarkable for, consistent with, diagnosed with, diagnosis of, developed, suffers from, has developed',
    'right',
    [is.present],
    FAIR,
    6,
  ],
];

const POSSIBILITY: readonly Row[] = [
  [
    'possible, possibly, probable, probably, likely, most likely, suspected, suspect, suspects, suspecting, suspicion (of|for|that), suspicious for, ' +
      '(concern|concerns|concerned) (for|of|about|regarding|that this is|that), concerning for, worrisome for, worried (about|re) , question of, questionable, query, presumed, presumptive, potential, ' +
      'rule out, rules out, ruling out, r / o, to exclude, exclude, may (be|have|represent|reflect|be due to|indicate), might (be|have|represent), could (be|have|represent|indicate|reflect), ' +
      '(cannot|can not|could not|unable to) (rule out|exclude|r / o), not (rule out|exclude|excluded|ruled out), not been ruled out, ' +
      '(differential|ddx|differential diagnosis|differentials) (includes|include|included|including|is|of|:|-), ' +
      '(evaluate|eval|assess|assessed|evaluation|look|looking|check|checking|test|testing|investigate|workup|work up) for, suggestive of, suggesting, suggests, suggest, suggested, ' +
      'appears to (be|have), appear to (be|have), appears to represent, favor, favors, favored, favour, favouring, thought to (be|have|represent), believed to be, felt to be, ' +
      'consider, considering, considered, impression of, probably reflects, in keeping with possible, query re, seems to (be|have), (seems|looks) like, ' +
      'unlikely to (be|have), (less|more) likely, doubt, doubtful, as well as possible, vs, versus, v, working diagnosis (of|:|), believe (this|that|his|her|he|she|it), (thinks|think|thought|thinking) (he|she|this|it|they) (has|had|is|was|may|might), (seem|seems|seemed|appears|appear) (to be|) consistent with, + / -, symptoms similar to, ? related to, indeterminate for, equivocal for, unclear if, whether',
    'right',
    [is.possible],
    FAIR,
    4,
    PROBLEMS,
  ],
  ['possible, possibly, potential, may need, might need, may require, might require, could have', 'right', [is.possible], WEAK, 3, GIVEN],
  [
    '(is|was|are|were|remains|remain|) (suspected|possible|likely|probable|questioned|unlikely|considered|favored|favoured), (seems|appears|felt|thought) (to be|) (unlikely|likely|less likely|possible), ' +
      '(cannot|can not|could not) be (excluded|ruled out), (is|was|are|were|) not (entirely|completely|) (excluded|ruled out), (has|have) not (yet|) been (excluded|ruled out), vs, versus, ' +
      'is in the differential, in the differential, less likely, more likely, to be (ruled out|excluded), thought unlikely, unlikely, not ruled out',
    'left',
    [is.possible],
    FAIR,
    2,
    PROBLEMS,
  ],
];

const HYPOTHESIS: readonly Row[] = [
  [
    'if, unless, should (he|she|they|you|the patient|it) (have|develop|experience|get|notice), in case (of|), in the event (of|that), in the event that, whenever, return (for|if|with|to ed if|to er if|to ed for), ' +
      '(call|phone|contact|ring|come back|attend|seek|report|seek care|call back|present|go to ed|go to er|see dr|safety net|safety netted|safetynet|safety netting|safety net advice) (for|if|with|re|about|immediately for|immediately if), ' +
      '(er|ed|a & e|999|911) (for|if), (watch|monitor|monitored|look out|observe|monitoring|watching|alert|beware) (for|of), return precautions, warning signs (of|), red flags, ' +
      '(warned|counselled|counseled|advised|informed|told|educated|cautioned|taught) (about|of|on|re|regarding) (the|) (signs of|risk of|risks of|possible|possibility of|), signs (of|to watch for), ' +
      'earlier if, sooner if, or if, any signs of, even if, only if, (counselled|counseled|warned|cautioned|safety netted|consent covered|consented for|written warning) (re|about|of|on|regarding|), (aware|told|advised|education|educated|teaching|warning) (re|about|of|regarding), (side effects|s / e|s / es|se) (warned|explained|discussed|of|such as|:|), (knows|aware|told) to report, come in (the same day|) for, (discussed|reviewed|gave|given) red (flags|flag symptoms|flag sx), red flag (symptoms|sx|signs), ' +
      ' when (he|she|they|you) (have|has|develops|develop|gets|get)',
    'right',
    [is.hypothetical],
    SURE,
    FAR,
    ['problem', 'procedure', 'test'],
  ],
  [
    '(risk|risks) (of|for|including|include|included|such as|discussed including|discussed included|explained including|were|was|:), at (high|low|increased|higher|) risk (of|for), risks discussed (included|include|including|:|), ' +
      'risks and benefits including, complications (including|such as|include|included), (chance|possibility|danger|likelihood|probability|threat) of, side effects (including|such as|include|discussed|of|:), side effects, ' +
      '(to|help|helps|can) (prevent|avoid|reduce the risk of|minimize|minimise), (prevent|prevents|preventing|avoid|avoiding|precipitate|trigger), prevention of, prophylaxis (for|of|against), prophylactic, in order to prevent, ' +
      '(screen|screened|screening) for, can (cause|lead to|include|be|become|make), may (cause|lead to|develop|worsen|make|occur), could (cause|lead to|develop), might (cause|develop), ' +
      '(discussed|explained|understands|understood) (the|) (risks|risk|possibility|potential) of, potential (side effects|complications|risks) (of|including|such as), potential for',
    'right',
    [is.hypothetical],
    FAIR,
    12,
    PROBLEMS,
  ],
  [
    '(prn|p . r . n|as needed|when needed|as required|if needed|where needed|when required) (for|to treat|to control|if|:|-|.|) (any|) (breakthrough|), for breakthrough',
    'right',
    [is.hypothetical],
    WEAK,
    4,
    PROBLEMS,
  ],
  [
    '(prophylaxis|prevention|precautions|ppx|screening|risk), (was|were|been|) (discussed|explained|reviewed|mentioned) (as|) (risks|a risk|possible risks|), (may|might|can|could) (occur|happen|develop|follow|appear|recur|remain)',
    'left',
    [is.hypothetical],
    WEAK,
    4,
    PROBLEMS,
  ],
  [
    'consider, considering, considered, (may|might|could|would) (need|require|benefit from|consider|be|add|try|give|use), option of, options (include|including|are|such as), (can|could|may|might) be, ' +
      '(must|should|do|to|would) not (have|take|use|be given|receive|restart), (will|would) consider, (think|thinking) about, discuss, in future consider, if needed, low threshold for, unless',
    'right',
    [is.hypothetical],
    FAIR,
    4,
    GIVEN,
  ],
  [
    '(to|should|must) be (avoided|considered), (would|could|may|might) be (considered|added|needed|given|required|tried|helpful|an option|beneficial), may be (added|needed|considered|required)',
    'left',
    [is.hypothetical],
    FAIR,
    3,
    GIVEN,
  ],
  ['if, only if, once, should (he|she|they|you|it|this|the), only when', 'left', [is.hypothetical], WEAK, 2, ORDERED],
];

const TIME: readonly Row[] = [
  [
    '(history|hx|h / o|pmh|hist|pmhx) (of|), (past|prior|previous|remote|personal) (medical|surgical|) (history|hx) (of|is|includes|significant for|notable for|:), known history of',
    'right',
    [is.past],
    WEAK,
    8,
    ['procedure', 'problem'],
  ],
  [
    'status post, s / p, (had|has had) (a|an|the|) (previous|prior|remote|past), underwent previous, ' +
      'recovered from, (used|previously used) to (have|take|be on|smoke|get), in the past (had|tried|used|took), treated previously for',
    'right',
    [is.past],
    FAIR,
    4,
    ['problem', 'procedure', 'test'],
  ],
  ['previous, previously, prior, remote, former, formerly, distant', 'right', [is.past], FAIR, 0, ['problem', 'procedure', 'test']],
  ['last, most recent', 'right', [is.past], WEAK, 0, ['test']],
  [
    '(has|have|had) (previously|already|) (had|tried|undergone|received|completed|failed|been given|been treated with|finished), underwent, (previously|already) (had|took|treated with|underwent)',
    'right',
    [is.past],
    WEAK,
    4,
    ['procedure', 'medication', 'test'],
  ],
  [
    '(has|have|had|) (now|since|all|completely|fully|) (resolved|settled|subsided|gone away|cleared|abated|disappeared), (is|was|) (resolved|gone)',
    'left',
    [is.past],
    FAIR,
    4,
    PROBLEMS,
  ],
  [
    'ago, previously, in the past, in childhood, as a child, as a teenager, as an infant, in infancy, years prior, years back, in youth',
    'left',
    [is.past],
    WEAK,
    3,
  ],
  [
    '(will|shall|would like to|going to|want to|wants to|plan to|plans to|planning to|agreed to|needs to|need to|to) (also|then|) (order|obtain|get|schedule|send|check|repeat|recheck|undergo|have|need|perform|do|arrange|request|book|refer|set up|draw|begin with|proceed with|be scheduled for|be set up|start|attend|use|wear|monitor), ' +
      'scheduled for, planned, planning, awaiting, awaits, await, pending, due for, order, ordered, arrange, arranged for, booked for, book, schedule, request, requested, recheck, repeat, follow up with, needs, need, needed, ' +
      '(recommend|recommended|recommends|recommending|advise|advised|advises|suggest|suggested|encouraged|encourage) (that|to|the|a|an|on|), refer for, referred for, referral for, referral to, referred to, refer to, plan for, plan is for, ' +
      '(proceed|proceeding) (with|to), ahead of, candidate for, listed for, list for, consented for, to undergo, prior to planned, follow up, obtain, get, check, send, to include, to have, importance of, next, trend',
    'right',
    [is.future],
    WEAK,
    5,
    ORDERED,
  ],
  [
    '(to|will) be (scheduled|arranged|booked|ordered|done|obtained|performed|repeated|checked|discussed|sent|drawn), (is|are|was|were|has been|) (scheduled|planned|ordered|requested|pending|booked|recommended|arranged|due|awaited|advised), (next|tomorrow|in the morning|at follow up)',
    'left',
    [is.future],
    FAIR,
    3,
    ORDERED,
  ],
];

const ACTION: readonly Row[] = [
  [
    '(start|started|starting|starts|begin|began|begun|beginning|initiate|initiated|initiating|commence|commenced|commencing|add|added|adding|prescribe|prescribed|prescribing|trial|introduce|introduced|restart|restarted|resume|resumed|rx|issue|issued|load) ' +
      '(on|with|of|him on|her on|the patient on|him|her|patient on|them on|a|an|back on|the patient|), (prescription|script|rx) for, put (him|her|the patient|them) on, (placed|put) on, (be|was|were|is|been) (placed|put|started) on, ' +
      'provided (him|her|the patient|with) (with|a|) (prescription for|), sent in, call in, called in, write (him|her|) (a|) (prescription for|), sent a prescription for, new prescription for, new : , new, try, trial of, start taking, recommend, recommended, advised to take, would like (him|her|the patient) to (take|start)',
    'right',
    [is.start],
    FAIR,
    5,
    MEDICATIONS,
  ],
  [
    '(was|were|is|be|been|has been|will be|) (started|initiated|prescribed|added|commenced|begun|restarted|resumed|introduced), new, prescribed, start, started, (to|will) start',
    'left',
    [is.start],
    FAIR,
    2,
    MEDICATIONS,
  ],
  [
    'stop, stopped, stopping, stops, hold, held, holding, holds, discontinue, discontinued, discontinuing, discontinues, d / c, dc, dc ed, d / ced, cease, ceased, quit, remove, removed, withhold, withheld, omit, ' +
      '(taken|came|come|weaned|coming|taper|tapered|wean|tapering|weaning) off (of|), off, suspend, suspended, stop taking, (stop|stopped|discontinue|discontinued|hold) (the|his|her|taking|using|all|any|home), no longer (taking|on|takes), discontinuation of, cessation of, finished, remove from list',
    'right',
    [is.stop],
    FAIR,
    4,
    MEDICATIONS,
  ],
  [
    '(was|were|is|be|been|has been|have been|will be|had been|) (stopped|held|discontinued|withheld|ceased|suspended|removed|weaned|tapered off|d / ced|dc ed|on hold|withdrawn|omitted), on hold, stop, stopped, hold, to stop, off, finished, ended, ran out, tapered off, weaned off, discontinue, held today, (was|were) given up, complete, completed',
    'left',
    [is.stop],
    FAIR,
    2,
    MEDICATIONS,
  ],
  [
    '(increase|increased|increasing|uptitrate|uptitrated|up titrate|titrate up|raise|raised|double|doubled|doubling|higher dose of|go up on|escalate|escalated|titrate) (on|the|his|her|dose of|the dose of|back|)',
    'right',
    [is.increase],
    FAIR,
    3,
    MEDICATIONS,
  ],
  [
    '(was|were|is|be|been|has been|have been|will be|had been|dose|dosage|) (also|) (increased|doubled|uptitrated|raised|titrated up), ↑, (to go|go|went|goes|) up (to|), increase to, increase, increased to',
    'left',
    [is.increase],
    FAIR,
    2,
    MEDICATIONS,
  ],
  [
    '(decrease|decreased|decreasing|reduce|reduced|reducing|lower|lowered|lowering|taper|tapered|tapering|cut|halve|halved|wean|weaned|weaning|cut back on|cut down|down titrate|decrease the|lower the) (on|the|his|her|dose of|the dose of|)',
    'right',
    [is.decrease],
    FAIR,
    3,
    MEDICATIONS,
  ],
  [
    '(was|were|is|be|been|has been|have been|will be|had been|dose|) (also|) (decreased|reduced|lowered|halved|tapered|cut), ↓, down (to|), (came|come|split|cut) down (to|from|), decrease to, reduce to, decrease, reduced to',
    'left',
    [is.decrease],
    FAIR,
    2,
    MEDICATIONS,
  ],
  [
    '(continue|continued|continues|continuing|keep|keeps|maintain|maintained|maintaining|remain|remains|stay|stays|carry on|go on|refill|refilled|refills|renew|renewed) (with|on|taking|to take|to use|using|of|for|her on|him on|the patient on|on the|the|her|his|your|home|current|same|), ' +
      'cont, (c|cont) with, refill (of|on|for|on the|for the)',
    'right',
    [is.continue],
    FAIR,
    5,
    MEDICATIONS,
  ],
  [
    '(was|were|is|be|been|has been|will be|to be|) (continued|maintained|unchanged|refilled), (no|without) change, unchanged, continue, to continue, continued, same',
    'left',
    [is.continue],
    FAIR,
    2,
    MEDICATIONS,
  ],
  [
    'allergic to, allergy to, allergies to, allergies (are|include|including|:|-|), allergy : , allergy, all : , intolerant (of|to), intolerance (of|to), intolerances, adverse reaction to, hypersensitivity to, allergic reaction to, anaphylaxis to, reaction to, reacts to, reacted to, sensitive to, avoid because of allergy',
    'right',
    [is.allergy],
    FAIR,
    10,
    MEDICATIONS,
  ],
  [
    '(allergy|allergies|allergic|intolerance|intolerant|anaphylaxis|hypersensitivity|allergic reaction)',
    'left',
    [is.allergy],
    FAIR,
    1,
    MEDICATIONS,
  ],
  ['sensitivity, listed as (an|) (intolerance|allergy|allergen), as contraindicated', 'left', [is.allergy], FAIR, 1, MEDICATIONS],
];

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

const cueOf = ([, reach, values, strength, window = FAR, labels]: Row): Cue => ({
  reach,
  values,
  strength,
  window,
  ...(labels === undefined ? {} : { labels }),
});

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
