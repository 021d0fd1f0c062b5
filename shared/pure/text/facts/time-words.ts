/** Problems that come and go: a history of one is over. A chronic disease under "history of" is still there. */
const EPISODES =
  /\b(?:stones?|calcul\w+|lithiasis|nephrolithiasis|fractures?|fx|broken|injur\w+|accident|mvc|mva|fall|fell|dvt|pe|tia|stroke|cva|infarct\w*|infarction|n?stemi|mi|heart attack|embol\w+|cancer|carcinoma|dcis|melanoma|lymphoma|tumou?r|leukemia|pneumonia|pancreatitis|diverticulitis|appendicitis|cholecystitis|shingles|chicken ?pox|measles|mumps|croup|tuberculosis|tb|covid(?:-19)?|overdose|attempts?|episodes?|convulsions?|seizures?|bleed\w*|haemorrhage|hemorrhage|ulcers?|abscess|sepsis|meningitis|anaphylaxis|pre-?eclampsia|miscarriages?|abortion|breech|pph|concussion|syncope|burns?|optic neuritis|labyrinthitis|sprain|dislocation|torn|tear|surgery|use|abuse|smok\w*|alcohol\w*|jaundice|rash|uti|infections?|cellulitis|exacerbation|attack|gangrene|collapse|endocarditis|osteomyelitis|rheumatic fever|polio|pneumothorax|diverticulosis)\b/iu;

/** Whether a problem, by its words, is an episode that ends rather than a state that stays. */
export const isEpisode = (problem: string): boolean => EPISODES.test(problem);

const PAST =
  /\bago\b|\b(?:last|previous|prior) (?:year|month|winter|summer|spring|autumn|fall|admission|visit)\b|^(?:on |by |in )?\(?\d{1,2}[/.-]\d{1,2}[/.-](?:19|20)?\d\d\)?$|^(?:in |on )?\(?\d{1,2}\/(?:19|20)\d\d\)?$|^(?:in|since|of|from|circa|c\.?|\(|aged?|at age|at)?\s*(?:(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.? )?\(?(?:19|20)\d\d\)?$|\bas a (?:child|teen\w*|baby|boy|girl|kid)\b|\bin (?:childhood|infancy|youth|the past)\b|\byears? (?:earlier|before|prior|back)\b|\bpreviously\b/iu;
const FUTURE =
  /\btomorrow\b|\bnext (?:week|month|year|visit|day|time|monday|tuesday|wednesday|thursday|friday|clinic|appointment|few)\b|^(?:again |then |repeat )?(?:in|within) (?:the next |about |another |approximately )?(?:\d+(?:\s?(?:-|to|–)\s?\d+)?|an?|one|two|three|four|five|six|eight|ten|twelve|a few|several)(?:\s?\/\s?\d+|\s?-?(?:minutes?|mins?|hours?|hrs?|h|days?|d|weeks?|wks?|w|months?|mos?|m|years?|yrs?)\b)|\bin the (?:morning|am|future)\b|\bbefore discharge\b|\blater (?:this|today)\b|\bat (?:the )?(?:next|follow)/iu;

/** What a time expression says on its own: `past` for a year or "3 weeks ago", `future` for "tomorrow", null where it says neither. */
export function timeOfWords(words: string): 'past' | 'future' | null {
  if (FUTURE.test(words)) return 'future';
  return PAST.test(words) ? 'past' : null;
}
