import { FAIR, FAR, GIVEN, is, ORDERED, PROBLEMS, type Row, SURE, WEAK } from './cue-rows.ts';

/** Cues of certainty: negation. */
export const NEGATION: readonly Row[] = [
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

/** Cues of certainty: affirmation. */
export const AFFIRMATION: readonly Row[] = [
  [
    'reports, reported, endorses, endorsed, complains of, complaining of, complained of, c / o, admits to, admits, positive for, presents with, presented with, ' +
      'presenting with, significant for, notable for, remarkable for, consistent with, diagnosed with, diagnosis of, developed, suffers from, has developed',
    'right',
    [is.present],
    FAIR,
    6,
  ],
];

/** Cues of certainty: possibility. */
export const POSSIBILITY: readonly Row[] = [
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

/** Cues of certainty: hypothesis. */
export const HYPOTHESIS: readonly Row[] = [
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
