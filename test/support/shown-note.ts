import { resultToJson } from '@epee/records';
import { markedResult } from './marked-note.ts';

/** An invented note that shows every way in which a note can speak of something. */
export const SHOWN_TEXT = `VISIT NOTE

Chief complaint: cough for 5 days.

History: Ms Doe is a 61-year-old with hypertension, well controlled on lisinopril 20 mg by mouth once daily.
She has had a dry cough since lisinopril was started. She denies fever, chest pain and haemoptysis.
Stroke in 2019. Her mother had breast cancer. Possible early pneumonia.

Allergies: penicillin (hives).

Exam: blood pressure 142/86, temperature 37.1 °C, SpO2 97 % on room air. Crackles over the right base.

Plan:
- Stop lisinopril, start losartan 50 mg PO daily for hypertension.
- Chest X-ray tomorrow. Call if short of breath.
- Appendectomy in 1998, nothing to do.
`;

/** Its result. */
export const shownResult = () =>
  markedResult(
    SHOWN_TEXT,
    [
      { label: 'problem', text: 'cough', links: [['has_duration', 1]] },
      { label: 'duration', text: 'for 5 days' },
      {
        label: 'problem',
        text: 'hypertension',
        codes: [{ system: 'ICD-10-CM', code: 'I10', display: 'Essential (primary) hypertension', match: 'exact' }],
      },
      { label: 'severity', text: 'well controlled' },
      {
        label: 'medication',
        text: 'lisinopril',
        codes: [{ system: 'RxNorm', code: '29046', display: 'lisinopril', match: 'exact' }],
        links: [
          ['has_dose', 1],
          ['has_route', 2],
          ['has_frequency', 3],
          ['indication', -2],
        ],
      },
      { label: 'dose', text: '20 mg' },
      { label: 'route', text: 'by mouth' },
      { label: 'frequency', text: 'once daily' },
      { label: 'problem', text: 'dry cough' },
      { label: 'medication', text: 'lisinopril', time: 'past', links: [['adverse_effect', -1]] },
      { label: 'problem', text: 'fever', certainty: 'absent', confidence: 0.97 },
      { label: 'problem', text: 'chest pain', certainty: 'absent' },
      { label: 'problem', text: 'haemoptysis', certainty: 'absent' },
      { label: 'problem', text: 'Stroke', time: 'past', links: [['has_time', 1]] },
      { label: 'time', text: 'in 2019' },
      { label: 'problem', text: 'breast cancer', subject: 'family' },
      { label: 'problem', text: 'early pneumonia', certainty: 'possible', confidence: 0.55 },
      { label: 'medication', text: 'penicillin', action: 'allergy', links: [['adverse_effect', 1]] },
      { label: 'problem', text: 'hives' },
      { label: 'test', text: 'blood pressure', links: [['has_value', 1]] },
      { label: 'value', text: '142/86' },
      { label: 'test', text: 'temperature', links: [['has_value', 1]] },
      { label: 'value', text: '37.1 °C' },
      { label: 'test', text: 'SpO2', links: [['has_value', 1]] },
      { label: 'value', text: '97 % on room air' },
      { label: 'problem', text: 'Crackles', links: [['has_anatomy', 1]] },
      { label: 'anatomy', text: 'right base' },
      { label: 'medication', text: 'lisinopril', action: 'stop' },
      {
        label: 'medication',
        text: 'losartan',
        action: 'start',
        time: 'future',
        links: [
          ['has_dose', 1],
          ['has_route', 2],
          ['has_frequency', 3],
          ['indication', 4],
        ],
      },
      { label: 'dose', text: '50 mg' },
      { label: 'route', text: 'PO' },
      { label: 'frequency', text: 'daily' },
      { label: 'problem', text: 'hypertension' },
      { label: 'test', text: 'Chest X-ray', time: 'future', links: [['has_time', 1]] },
      { label: 'time', text: 'tomorrow' },
      { label: 'problem', text: 'short of breath', certainty: 'hypothetical' },
      { label: 'procedure', text: 'Appendectomy', time: 'past', links: [['has_time', 1]] },
      { label: 'time', text: 'in 1998' },
    ],
    {
      documentId: 'visit-cough',
      events: [
        {
          id: 'v1',
          type: 'Adverse_event',
          start: SHOWN_TEXT.indexOf('was started'),
          end: SHOWN_TEXT.indexOf('was started') + 11,
          text: 'was started',
          confidence: 0.8,
          exitLayer: 5,
          exitReason: 'patience',
          assertion: null,
          arguments: [
            { role: 'Effect', entityId: 'e9' },
            { role: 'Treatment.Drug', entityId: 'e10' },
          ],
        },
      ],
      compute: { rows: 14, layersRun: 58, layersFull: 168, computeMs: 40 },
    },
  );

/** The same as plain JSON values. */
export const shownJson = () => resultToJson(shownResult());
