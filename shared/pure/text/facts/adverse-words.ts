const ARTICLE = `(?:the |his |her |their |an? |some |each |any |your |first |second |last |recent |starting |taking |using |dose of |doses of |course of |of )*`;

/** Between a medication and a problem that it causes. */
export const CAUSES =
  /\b(?:causes?|caused|causing|gives?|gave|gives (?:him|her)|made|makes|making|left|leaves|induces?|induced|triggers?|triggered|precipitated|provoked|produced|brought on|leads? to|leading to|led to|results? in|resulted in|resulting in|contribut\w+ to|worsens?|worsened|given (?:him|her))\b(?! (?:no|not|any|little|relief|good)\b)[^<.;]{0,40}(?:<p>[\s,/]*(?:and\s)?(?:[^<.;]{0,25}))*$|^\s?-\s?(?:induced|related|associated)\s*(?:<p>\s?(?:and|,)?\s?)*$/;

/** Between a problem and the medication that caused it. */
export const CAUSED_BY = new RegExp(
  String.raw`\b(?:caused by|due to|secondary to|induced by|because of|attribut\w+ to|put down to|result of|resulting from|side effects? (?:of|from)|adverse effects? of|reaction to|allergic to|from|brought on by|made \w+ \w+ by|triggered by|related to|in the setting of|likely|ever since|since starting|after starting|after taking|since (?:starting|beginning|taking)|relates to|thanks to)\s*${ARTICLE}(?:drugs?|the)?\s*\(?$`,
);

/** Between a problem that is a common reaction and a medication: the weak words count only then. */
export const WEAK_CAUSE = new RegExp(
  String.raw`^\s?(?:(?:that )?(?:began|started|developed|occurred|appeared|came on|noted|reported|worse) )?(?:\w+ )?(?:on|with|after|while on|while taking|following|to|since|upon|when taking|with each|after each)\s*${ARTICLE}$`,
);

/** Between a medication that was stopped and the problem that it was stopped for. */
export const STOPPED_FOR =
  /\b(?:stop\w*|discontinu\w*|withdrawn|ceased|given up|d\/c'?d|changed|switched|abandoned|not tolerated|could not tolerate|intolerant|off|weaned (?:him|her)self|came off|quit)\b[^.;<]*?\b(?:because of|because|due to|owing to|as (?:she|he|it)|for|after|given|secondary to|on account of|from)\b[^.;<]{0,30}(?:<p>[\s,/]*(?:and\s)?)*$|\b(?:stopped|discontinued)\s?[,-]\s?(?:<p>[\s,/]*(?:and\s)?)*$|\bintoleran\w+\b[^.;<]{0,12}\(?$/;

/** Between a medication and the problem that it is given for. */
export const GIVEN_FOR = new RegExp(
  String.raw`(?:\b(?:for|to treat|to control|to prevent|to help (?:with|prevent|control)?|to manage|against|to relieve|to reduce|prn|as needed|helps?|relieves|relieved|eases|has eased|controls|controlled|for presumed|for possible|for suspected)\s*(?:for )?${ARTICLE}(?:breakthrough |persistent |presumed )?(?:<p>[\s,/]*(?:and\s|or\s)?)*)$`,
);

/** Between a problem and the medication that it is treated with. */
export const TREATED_WITH = new RegExp(
  String.raw`\b(?:treat\w*|managed|controlled|corrected|relieved|improved|resolved|responded|responds|settled|eased|helped|better|controlled well|reversed|quiet|well|gone|clear\w*)\b[^.;]*(?:with|on|by|to|after|using)\s*${ARTICLE}(?:<m>[\s,/]*(?:and\s|then\s)?)*$|^\s?:\s*$|\b(?:takes|taking|took|uses|using|use|received|gave|given|got|start|started|needed|needs|continue)\s*${ARTICLE}$`,
);

/** Words that tell of help, whichever comes first. */
export const BENEFIT = /\b(?:relief|helps|helped|improv\w+|eased|resolved|benefit|better|controlled|subsided)\b/;

/** Words between the two that part them. */
export const COUNTER =
  /\b(?:despite|in spite of|without|tolerated|instead of|rather than|no|not|never|denies|denied|nor|unrelated to|not related to|although|unless|before|prior to|until)\b/;

/** Problems that are common reactions to medications. */
export const REACTION =
  /rash|hives|urticari|itch|prurit|angio-?o?edema|swelling|anaphyla|reaction|flush|erupt|blister|cough|bleed|h(?:a)?emorrhag|bruis|nause|vomit|diarr|constipat|dyspep|reflux|heart ?burn|gastritis|ulcer|stomach|epigastric|abdominal (?:pain|cramp)|dizz|light-?headed|syncop|faint|hypotens|low (?:bp|blood pressure|sugar|potassium|sodium|platelet)|bradycard|tachycard|palpitat|heart to race|qt prolong|drows|sedat|sleepy|somnolen|fatigue|tired|confus|delirium|hallucinat|insomnia|nightmare|agitat|anxi|tremor|dystonia|dyskines|tingling|neuropath|head ?ache|myalg|muscle|cramp|ache|rhabdo|toxic|overdose|hypogly|hypergly|hyponatr|hypernatr|hyperkal|hypokal|hypercalc|hypocalc|aki|kidney injury|renal failure|creatinine|liver|lft|hepat|transamin|jaundice|pancreatit|neutropen|leukop|pancytop|thrombocytop|anemia|anaemia|an?orexia|appetite|weight (?:gain|loss)|hair|alopec|mucositis|dry mouth|dry eyes|blurr|tinnitus|hearing|edema|oedema|sjs|stevens|red man|serotonin|parkinson|akathis|libido|gyn[ae]+comast|galactorr|thrush|c\.? ?diff|withdrawal|fever|chest tight|wheez|short(?:ness)? of breath|bronchospas/i;
