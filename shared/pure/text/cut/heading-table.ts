/**
 * Standard headings by the label that they give their section, with commas between them. Labels are those of MTS-Dialog (Ben Abacha et al., EACL 2023). A heading stands here only
 * where its label is beyond doubt; keys are normalised by {@link headingKey}.
 */
const BY_LABEL: Readonly<Record<string, string>> = {
  cc:
    'presenting problem, reason for the visit, chief complaint, chief complaints, chief concern, cc, presenting complaint, ' +
    'presenting complaints, reason for visit',
  genhx:
    'history of present illness, history of the present illness, hpi, present illness, history of presenting complaint, ' +
    'history of presenting illness, hpc',
  pastmedicalhx:
    'past medical history, past medical hx, pmh, pmhx, medical history, medical hx, previous medical history, prior medical history',
  pastsurgical: 'past surgical history, past surgical hx, psh, pshx, surgical history, surgical hx, prior surgeries, previous surgeries',
  'fam/sochx':
    'psychosocial history, habits, social, fmh, fam hx, soc hx, family history, family hx, family medical history, fh, fhx, ' +
    'famhx, social history, social hx, sh, shx, sochx, family and social history, social and family history',
  allergy:
    'allergies drug reactions, drug reactions, intolerances, allergies and drug reactions, all, allergies, allergy, drug ' +
    'allergies, medication allergies, known allergies, known drug allergies, allergies and adverse reactions, allergies ' +
    'adverse reactions, allergies and intolerances',
  ros: 'review of systems, review of symptoms, systems review, systemic review, ros',
  medications:
    'current outpatient medications, preadmission medications, regular medications, premedication, medication on admission, ' +
    'medications, medication, meds, medication list, current medications, current medication, current medication list, ' +
    'current meds, home medications, home meds, admission medications, admission meds, medications on admission, ' +
    'medications at admission, medications prior to admission, discharge medications, discharge meds, medications on ' +
    'discharge, medications at discharge, outpatient medications, inpatient medications, active medications, present ' +
    'medications',
  assessment: 'ap, assessment and recommendations, assessment, clinical assessment, assessment and plan, assessment plan, a p, a and p',
  plan: 'recommend, discharge plan, treatment and plan, plan, treatment plan, plan of care, recommendations, recommendation, diet',
  diagnosis:
    'pre operative diagnosis, post operative diagnosis, preoperative diagnoses, postoperative diagnoses, preprocedure ' +
    'diagnosis, postprocedure diagnosis, preprocedure diagnoses, postprocedure diagnoses, pre procedure diagnosis, post ' +
    'procedure diagnosis, pathologic diagnosis, diagnosis, diagnoses, dx, discharge diagnosis, discharge diagnoses, final ' +
    'diagnosis, final diagnoses, admission diagnosis, admission diagnoses, admitting diagnosis, principal diagnosis, ' +
    'primary diagnosis, secondary diagnosis, secondary diagnoses, preoperative diagnosis, postoperative diagnosis',
  exam:
    'oe, brief examination, objective examination, exam at discharge, external examination, physical exam, physical ' +
    'examination, exam, examination, on examination, pe, vitals, vital signs, vitals reviewed, mental status exam, mental ' +
    'status examination, mental state examination, o e',
  labs:
    'labs today, pertinent laboratory data, labs, laboratory, laboratory data, laboratory results, laboratory studies, ' +
    'laboratory findings, laboratory values, lab results, lab data, pertinent labs',
  imaging:
    'cxr, ct head, chest x ray, ultrasound, mammogram, mri, x rays, imaging, imaging studies, imaging results, diagnostic ' +
    'imaging, radiology, radiology results, radiologic studies',
  procedures:
    'operation, operative procedure, operation performed, planned operation, procedure in detail, title of operation, name ' +
    'of procedure, procedures done, procedures, procedure, procedures performed, procedure performed, operations, ' +
    'operations and procedures',
  edcourse: 'ed course, er course, emergency department course, emergency room course, course in the emergency department',
  disposition: 'disposition, discharge disposition, condition at discharge, condition on discharge, discharge condition',
  immunizations: 'immunizations, immunization, immunisations, immunization history, immunization status, vaccinations, vaccination history',
  gynhx:
    'gynecologic history, gynecological history, gynaecological history, obstetric history, obstetrical history, ob gyn ' +
    'history, obstetric and gynecologic history, menstrual history, gyn history, ob history',
};

/** Headings that begin a section but leave its label to the model. */
const WITHOUT_LABEL =
  'history, past history, interval history, interval hx, background, clinical history, psychiatric history, past ' +
  'psychiatric history, birth history, developmental history, substance use history, substance abuse history, reason for ' +
  'consultation, reason for consult, reason for referral, reason for admission, history and physical, subjective, ' +
  'objective, impression, clinical impression, problem list, active problems, problems, results, findings, studies, data, ' +
  'investigations, diagnostic studies, hospital course, brief hospital course, summary of hospital course, hospital ' +
  'course by problem, clinical course, course, summary, discussion, comment, comments, medical decision making, mdm, ' +
  'instructions, patient instructions, discharge instructions, follow up, follow up plan, followup, discharge summary, ' +
  'progress note, clinic note, addendum, code status, activity, indication, indications, technique, comparison, ' +
  'complications, anesthesia, operative findings, description of procedure, adverse events, adverse reactions, adverse ' +
  'drug reactions, estimated blood loss, ebl, drains, specimens, specimen, fluids, urine output, indications for ' +
  'procedure, indication for procedure, indications for surgery, indications for operation, description of operation, ' +
  'details of procedure, procedure note, brief history, history of presenting complaints, consent, tourniquet time, ' +
  'interpretation, conclusion, conclusions, clinical indication, clinical information, clinical data, reason for exam, ' +
  'reason for study, gross description, microscopic description, ecg, ekg, echocardiogram, consultation, implants, ' +
  'condition, transitional issues, pertinent results, followup instructions, follow up instructions, narrative, ' +
  'description, identification, goals, disposition and plan, treatment';

/** First words of lines that divide a section (body systems, vital signs) and never begin one. */
const SUBHEADINGS: ReadonlySet<string> = new Set(
  (
    'general constitutional heent hent head eyes eye ears ear ent nose throat mouth oral neck cardiovascular cardiac cv heart chest lungs lung respiratory resp ' +
    'pulmonary abdomen abdominal abd gi gastrointestinal gu genitourinary musculoskeletal msk extremities extremity ext skin integumentary dermatologic neuro ' +
    'neurologic neurological psych psychiatric psychiatry endocrine hematologic hematological heme lymphatic lymphatics immunologic allergic oncologic back spine ' +
    'pelvis pelvic breast breasts rectal genitalia gait strength sensation reflexes vascular temperature temp bp blood hr pulse rr respirations spo2 o2 oxygen ' +
    'weight wt height ht bmi mental cranial motor sensory cervical lumbar thoracic upper lower left right bilateral'
  ).split(' '),
);

const KNOWN: ReadonlyMap<string, string | null> = new Map([
  ...WITHOUT_LABEL.split(', ').map((key): [string, null] => [key, null]),
  ...Object.entries(BY_LABEL).flatMap(([label, keys]) => keys.split(', ').map((key): [string, string] => [key, label])),
]);

/** First words of lines of a form that say who and when, and begin no section: "MRN: 1234", "DATE OF BIRTH: 1 May". */
const ADMINISTRATIVE =
  /^(?:patient|pt|name|mrn|dob|date|time|age|sex|gender|race|account|acct|record|chart|unit|room|ward|bed|phone|tel|fax|address|nhs|hospital n|insurance|dictated|transcribed|signed|author|electronically|job|page|from|to|re)\b/;

/** A heading in lower case, its words alone: "A/P:" becomes "a p", "P.M.H." becomes "pmh", "Assessment & Plan" becomes "assessment and plan"; what stands in brackets is left out. */
export function headingKey(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/\([^)]*\)/g, ' ')
    .replace(/\b(?:\p{L}\.){2,}/gu, (letters) => letters.replaceAll('.', ''))
    .replace(/&/g, ' and ')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

/**
 * What the table of standard headings says of a heading.
 *
 * @returns the section label that it stands for, null for a heading that has none of its own, undefined for one that the table does not hold
 */
export function standardLabel(heading: string): string | null | undefined {
  const whole = KNOWN.get(headingKey(heading));
  if (whole !== undefined || !heading.includes('/')) return whole;
  // "IMPRESSION/PLAN": the first part that has a label gives it.
  const parts = heading.split('/').map((part) => KNOWN.get(headingKey(part)));
  return parts.includes(undefined) ? undefined : (parts.find((label) => label !== null) ?? null);
}

/** Whether a line's title belongs to a form: who, when, which number. */
export const isAdministrative = (heading: string): boolean => ADMINISTRATIVE.test(headingKey(heading));

/** Whether a heading only divides a section: a body system ("CARDIOVASCULAR") or a vital sign ("BP"), but not "CARDIAC HISTORY". */
export function isSubheading(heading: string): boolean {
  const key = headingKey(heading);
  return SUBHEADINGS.has(key.split(' ', 1)[0]!) && !key.endsWith('history');
}
