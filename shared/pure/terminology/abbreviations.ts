/** One line per short form: `SHORT = MEANING`, or several meanings between `|`; nothing after `=`: it says too little. */
const PROBLEMS = `
atn = acute tubular necrosis
aaa = abdominal aortic aneurysm
abd pain = abdominal pain
acl tear = anterior cruciate ligament injuries
acs = acute coronary syndrome
add = attention deficit disorder
adhd = attention deficit hyperactivity disorder
af = atrial fibrillation
afib = atrial fibrillation
a-fib = atrial fibrillation
a fib = atrial fibrillation
aflutter = atrial flutter
aids = acquired immunodeficiency syndrome
aki = acute kidney injury
als = amyotrophic lateral sclerosis
aml = acute myeloid leukemia
ards = acute respiratory distress syndrome
arf = acute renal failure | acute respiratory failure
as = aortic stenosis | ankylosing spondylitis
asd = atrial septal defect | autism spectrum disorder
asthma exacerbation = asthma with acute exacerbation
av block = atrioventricular block
bph = benign prostatic hyperplasia
bppv = benign paroxysmal positional vertigo
ca =
cad = coronary artery disease
cap = community acquired pneumonia
cf = cystic fibrosis
chf = congestive heart failure
chf exacerbation = congestive heart failure
cidp = chronic inflammatory demyelinating polyneuropathy
ckd = chronic kidney disease
cll = chronic lymphocytic leukemia
cml = chronic myeloid leukemia
copd = chronic obstructive pulmonary disease
copd exacerbation = chronic obstructive pulmonary disease with acute exacerbation
covid = covid-19
cp = chest pain | cerebral palsy
cri = chronic renal insufficiency
cva = cerebrovascular accident
cvd = cardiovascular disease | cerebrovascular disease
ddd = degenerative disc disease
dka = diabetic ketoacidosis
diabetes = diabetes mellitus
djd = degenerative joint disease
dm = diabetes mellitus
dm1 = type 1 diabetes mellitus
dm2 = type 2 diabetes mellitus
dm ii = type 2 diabetes mellitus
dm i = type 1 diabetes mellitus
doe = dyspnea on exertion
dub = dysfunctional uterine bleeding
dvt = deep vein thrombosis
ed = erectile dysfunction
esrd = end stage renal disease
etoh abuse = alcohol abuse
fb = foreign body
ftt = failure to thrive
fx = fracture
gad = generalized anxiety disorder
gbs = guillain-barre syndrome
gerd = gastroesophageal reflux disease
gi bleed = gastrointestinal hemorrhage
gib = gastrointestinal hemorrhage
gout flare = gout
ha = headache
has = headache
hbv = hepatitis b
hcc = hepatocellular carcinoma
hcv = hepatitis c
hfpef = diastolic heart failure
hfref = systolic heart failure
hit = heparin-induced thrombocytopenia
high bp = hypertension
hiv = hiv infection
hld = hyperlipidemia
hl = hyperlipidemia
hsv = herpes simplex
htn = hypertension
hus = hemolytic uremic syndrome
ibd = inflammatory bowel disease
ibs = irritable bowel syndrome
iddm = insulin dependent diabetes mellitus
ihd = ischemic heart disease
ild = interstitial lung disease
itp = idiopathic thrombocytopenic purpura
jvd = jugular venous distention
le edema = edema of lower extremities
loc = loss of consciousness
lbp = low back pain
lvh = left ventricular hypertrophy
mdd = major depressive disorder
mgus = monoclonal gammopathy of undetermined significance
mi = myocardial infarction
mr = mitral regurgitation | mental retardation
mrsa = methicillin-resistant staphylococcus aureus infection
ms = multiple sclerosis | mitral stenosis
mva = motor vehicle accident
mvp = mitral valve prolapse
nash = nonalcoholic steatohepatitis
nafld = nonalcoholic fatty liver disease
niddm = type 2 diabetes mellitus
nph = normal pressure hydrocephalus
n/v = nausea and vomiting
nstemi = non-st elevation myocardial infarction
oa = osteoarthritis
ocd = obsessive-compulsive disorder
osa = obstructive sleep apnea
pad = peripheral arterial disease
pcos = polycystic ovary syndrome
pe = pulmonary embolism
pid = pelvic inflammatory disease
pna = pneumonia
pnd = paroxysmal nocturnal dyspnea | postnasal drip
ptsd = post-traumatic stress disorder
pud = peptic ulcer disease
pvd = peripheral vascular disease
pvc = premature ventricular contractions
pvcs = premature ventricular contractions
ra = rheumatoid arthritis | refractory anemia
rls = restless legs syndrome
rsv = respiratory syncytial virus infection
sah = subarachnoid hemorrhage
sbo = small bowel obstruction
sdh = subdural hematoma
si = suicidal ideation
siadh = inappropriate adh syndrome
sle = systemic lupus erythematosus
sob = shortness of breath
stemi = st elevation myocardial infarction
sti = sexually transmitted infection
svt = supraventricular tachycardia
t1dm = type 1 diabetes mellitus
t2dm = type 2 diabetes mellitus
tb = tuberculosis
tbi = traumatic brain injury
tia = transient ischemic attack
tr = tricuspid regurgitation
uc = ulcerative colitis
uri = upper respiratory infection
uti = urinary tract infection
vfib = ventricular fibrillation
vsd = ventricular septal defect
vt = ventricular tachycardia
vte = venous thromboembolism
vtach = ventricular tachycardia
wt loss = weight loss
`;

const MEDICATIONS = `
abx = antibiotics
acei = ace inhibitors
apap = acetaminophen
arb = angiotensin receptor blockers
arbs = angiotensin receptor blockers
asa = aspirin
azt = zidovudine
bb = beta blockers
bbs = beta blockers
ccb = calcium channel blockers
ctx = ceftriaxone | cyclophosphamide
dexa = dexamethasone
d5w = dextrose
d5 =
d5ns =
ees = erythromycin ethylsuccinate
epi = epinephrine
epo = erythropoietin
feso4 = ferrous sulfate
ffp =
gcsf = granulocyte colony-stimulating factor
hct = hydrochlorothiazide | hydrocortisone
hctz = hydrochlorothiazide
hep b vaccine = hepatitis b vaccines
hydro =
inh = isoniazid
ivf = fluids
iv fluid = fluids
iv fluids = fluids
ivig = immunoglobulins, intravenous
kcl = potassium chloride
k-dur = potassium chloride
kdur = potassium chloride
kclor = potassium chloride
lmwh = low-molecular-weight heparin
lr = ringer's lactate
mag = magnesium
mgso4 = magnesium sulfate
mag sulfate = magnesium sulfate
mmr = measles-mumps-rubella vaccine
mom = magnesium hydroxide
ms = morphine sulfate | magnesium sulfate
mso4 = morphine sulfate
mtx = methotrexate
mvi = multivitamin
nac = acetylcysteine
nacl = sodium chloride
ns = normal saline
nsaid = nsaids
ntg = nitroglycerin
nitro = nitroglycerin
nph = nph insulin
o2 = oxygen
ocp = oral contraceptives
ocps = oral contraceptives
oc = oral contraceptives
pcn = penicillin
pcv13 = pneumococcal conjugate vaccine
pdn = prednisone
ppi = proton pump inhibitors
ppis = proton pump inhibitors
pred =
ptu = propylthiouracil
rhogam = rho(d) immune globulin
ssri = selective serotonin reuptake inhibitors
ssris = selective serotonin reuptake inhibitors
snri = serotonin and norepinephrine reuptake inhibitors
snris = serotonin and norepinephrine reuptake inhibitors
tca = tricyclic antidepressants
tcas = tricyclic antidepressants
tcn = tetracycline
tdap = diphtheria-tetanus-acellular pertussis vaccines
tmp/smx = trimethoprim-sulfamethoxazole
tmp-smx = trimethoprim-sulfamethoxazole
tnf inhibitors = tumor necrosis factor inhibitors
tpa = tissue plasminogen activator
tpn =
tums = calcium carbonate
tyl = acetaminophen
ufh = heparin
vanc = vancomycin
vanco = vancomycin
vit b12 = vitamin b12
vit c = vitamin c
vit d = vitamin d
vit k = vitamin k
zosyn = piperacillin and tazobactam
`;

const TESTS = `
a1c = hemoglobin a1c
hba1c = hemoglobin a1c
hgba1c = hemoglobin a1c
alk phos = alkaline phosphatase
alp = alkaline phosphatase
alt = alanine aminotransferase
sgpt = alanine aminotransferase
ast = aspartate aminotransferase
sgot = aspartate aminotransferase
bun = blood urea nitrogen | urea nitrogen
ca = calcium
cl = chloride
cr = creatinine
creat = creatinine
crp = c-reactive protein
fe = iron
glu = glucose
hct = hematocrit
hgb = hemoglobin
hb = hemoglobin
k = potassium
ldh = lactate dehydrogenase
ldl = ldl cholesterol | low-density lipoprotein cholesterol
hdl = hdl cholesterol | high-density lipoprotein cholesterol
mg = magnesium
na = sodium
phos = phosphorus | phosphate
plt = platelet count
psa = prostate-specific antigen
pt = prothrombin time
ptt = partial thromboplastin time
tsh = thyroid stimulating hormone
wbc = leukocyte count | white blood cell count
`;

/** Words inside a longer phrase: `type 2 DM`, `acute CHF`, `metastatic breast CA`. */
const INSIDE = `
af = atrial fibrillation
afib = atrial fibrillation
ca = cancer
chf = congestive heart failure
ckd = chronic kidney disease
copd = chronic obstructive pulmonary disease
dm = diabetes mellitus
dvt = deep vein thrombosis
fx = fracture
gi = gastrointestinal
htn = hypertension
hx = history
oa = osteoarthritis
pna = pneumonia
ra = rheumatoid arthritis
uti = urinary tract infection
`;

const read = (lines: string) =>
  new Map(
    lines
      .trim()
      .split('\n')
      .map((line) => {
        const [short, meanings] = line.split('=') as [string, string];
        return [
          short.trim(),
          meanings
            .split('|')
            .map((meaning) => meaning.trim())
            .filter(Boolean),
        ] as const;
      }),
  );

const BY_LABEL: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>> = new Map([
  ['problem', read(PROBLEMS)],
  ['medication', read(MEDICATIONS)],
  ['test', read(TESTS)],
]);
const WITHIN = read(INSIDE);

/**
 * What an abbreviation stands for, in an entity with this label; null where it is none that is
 * known, and empty where it may stand for too much.
 *
 * @param folded an answer of `fold`
 */
export const expansionsOf = (label: string, folded: string): readonly string[] | null =>
  BY_LABEL.get(label)?.get(folded) ?? BY_LABEL.get(label)?.get(folded.replace(/\.(?=\w|$)/gu, '')) ?? null;

/** A problem's phrase with the abbreviations in it written out; null where it has none. */
export function withWordsExpanded(label: string, folded: string): string | null {
  if (label !== 'problem' || !folded.includes(' ')) return null;
  const expanded = folded
    .split(' ')
    .map((word) => WITHIN.get(word)?.[0] ?? word)
    .join(' ');
  return expanded === folded ? null : expanded;
}
