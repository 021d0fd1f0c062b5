const words = (text: string) => new Set(text.trim().split(/\s+/));

/** Amounts and strengths: `50 mg`, `0.5 %`, `100 units/ml`, `81-mg`. */
const STRENGTH =
  /(?<![\p{L}\p{N}])\d+(?:[.,/-]\d+)*[ -]?(?:mg|mcg|µg|ug|g|gm|grams?|kg|ml|cc|l|liters?|litres?|meq|mmol|iu|units?|u|%|percent|puffs?|tabs?|tablets?|caps?|capsules?|drops?)(?:\/(?:\d+ ?)?(?:kg|ml|l|hr?|hours?|day|dose|puff|actuation|spray|mg|mcg))*(?![\p{L}\p{N}])/gu;
const FORMS = words(`
  capsule capsules caplet caplets cream creams drop drops elixir enema foam gel gtt inhalation inhaler inhalers injectable injection injections
  liquid lotion lozenge lozenges mouthwash neb nebs nebuliser nebulisers nebulizer nebulizers nebulized ointment patch patches pen pill pills powder rinse
  shampoo shot shots solution spray sprays suppositories suppository suspension syrup tab tabs tablet tablets caps cap vaccination vaccinations
  eyedrops eye ear nasal nebules ointments creams gels wash
  er xr sr xl cr la dr ec mr odt hfa cd xt retard sa ir ds extended-release slow-release sustained-release immediate-release modified-release
  delayed-release controlled-release long-acting short-acting release extended sustained delayed enteric-coated coated chewable
  iv im po pr sc sq subq sl p.o i.v i.m oral orally intravenous intravenously intramuscular subcutaneous sublingual topical topically inhaled
  transdermal rectal vaginal ophthalmic otic intranasal parenteral by mouth
  drip gtt infusion infusions bolus boluses challenge
  agent agents drug drugs medication medications medicine medicines med meds therapy treatment treatments regimen prophylaxis supplement supplements
  supplementation replacement product products preparation preparations tx use course courses dose doses dosing
  low-dose high-dose low high baby adult generic brand daily home regular-strength extra-strength maximum-strength full-strength plain
  taper tapers pack packs dosepak chewables otc over-the-counter prescription prn p.r.n scheduled standing current other new some any additional further empiric empirical broad-spectrum
  preservative-free sugar-free long-term short-term maintenance rescue`);
const SALTS = words(`
  acetate acetonide aluminum besylate besilate bitartrate bromide butyrate calcium carbonate chloride citrate decanoate dihydrate dihydrochloride
  dipropionate disodium enanthate esylate etexilate fumarate furoate gluconate hbr hcl hydrobromide hydrochloride hyclate hydrate lactate
  magnesium maleate medoxomil mesylate mofetil monohydrate nitrate palmitate pamoate phosphate potassium proxetil propionate salicylate sodium
  succinate sulfate sulphate tartrate tosylate trihydrate valerate xinafoate zinc cilexetil bromhydrate axetil trometamol tromethamine`);
const SIDES = words('left right bilateral bilaterally left-sided right-sided lt rt l r b/l unilateral both');
const DEGREES = words(`
  mild mildly moderate moderately severe severely slight slightly minimal minor significant marked markedly worsening stable mild-to-moderate
  moderate-to-severe intermittent occasional persistent constant ongoing continued new newly known current increasing some any baseline episodic
  well-controlled uncontrolled controlled longstanding long-standing associated likely possible probable new-onset symptoms symptom episode episodes
  increased underlying his her their old prior previous active subtle trace diffuse generalised generalized`);
const LAB_WORDS = words(
  'serum plasma blood level levels lab labs value values test tests fasting repeat random total count concentration measurement',
);

/**
 * Shorter forms of an entity's words that mean the same, or something wider, in the order to try.
 * Medications without brackets, strength, form, route and salt; problems without side and degree;
 * tests without specimen. No form is empty; there are at most six.
 *
 * @param folded an answer of `fold`
 */
export function shorterForms(label: string, folded: string): readonly string[] {
  const forms =
    label === 'medication'
      ? drugForms(folded)
      : label === 'problem'
        ? problemForms(folded)
        : label === 'test'
          ? [without(folded, LAB_WORDS)]
          : [];
  return [...new Set(forms)].filter((form) => form !== '' && form !== folded);
}

function drugForms(folded: string): readonly string[] {
  const [outside, inside] = brackets(folded);
  return [outside, inside].flatMap((name) => {
    const bare = without(name.replace(STRENGTH, ' ').replace(/\s\d+$/u, ''), FORMS);
    return [name, bare, without(bare, SALTS)];
  });
}

function problemForms(folded: string): readonly string[] {
  const [outside] = brackets(folded);
  const bare = outside
    .replace(/^(?:(?:past|family|prior|previous|known|remote) )*(?:history|hx|h\/o) (?:of )?/u, '')
    .replace(/^(?:episodes?|symptoms?|signs?) of /u, '');
  const noDegree = without(bare, DEGREES);
  return [outside, bare, noDegree, without(noDegree, SIDES)];
}

/** What is outside the first brackets, and in them. */
function brackets(text: string): [outside: string, inside: string] {
  const open = text.indexOf('(');
  if (open < 0) return [text, ''];
  const close = text.indexOf(')', open);
  const end = close < 0 ? text.length : close;
  return [`${text.slice(0, open)} ${text.slice(end + 1)}`.replace(/\s+/gu, ' ').trim(), text.slice(open + 1, end).trim()];
}

const without = (text: string, left: ReadonlySet<string>) =>
  text
    .split(' ')
    .filter((word) => !left.has(word.replace(/[.,;]+$/u, '')))
    .join(' ')
    .replace(/^[-,/ ]+|[-,/ ]+$/gu, '');

/** Most parts of a combination. */
const MAX_PARTS = 4;

/**
 * The parts of a combination of drugs: `lisinopril/HCTZ`, `amoxicillin and clavulanate`. Empty where
 * the text is none. At most {@link MAX_PARTS}: a longer list is no product.
 */
export function ingredientsOf(label: string, folded: string): readonly string[] {
  if (label !== 'medication') return [];
  const parts = folded
    .replace(STRENGTH, ' ')
    .split(/\s*(?:\/|\+|,|&| and | with | plus )\s*|(?<=\p{L}{4})-(?=\p{L}{4})/u)
    .map((part) => part.trim().replace(/^and /u, ''))
    .filter((part) => part !== '');
  return parts.length > 1 && parts.length <= MAX_PARTS ? parts : [];
}
