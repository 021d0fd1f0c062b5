import { FAIR, is, MEDICATIONS, ORDERED, PROBLEMS, type Row, WEAK } from './cue-rows.ts';

/** Cues of time. */
export const TIME: readonly Row[] = [
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

/** Cues of what is done with a medication. */
export const ACTION: readonly Row[] = [
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
