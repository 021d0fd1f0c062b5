import type { PrecisionChoice } from '@epee/engine';
import { type ComputeSummary, counted, duration, layersSaved, short } from '@epee/terminal';

/** What came of it. */
export interface ExtractReport {
  readonly notes: number;
  readonly images: number;
  /** Rows and images without a result. */
  readonly failed: number;
  /** Whether it ended before the input did. */
  readonly interrupted: boolean;
  readonly compute: ComputeSummary;
  readonly seconds: number;
}

/** The totals in a line: `151 notes in 8.20 s, 18.4 notes/s, 0 failed, layers saved 61.2 % (2.58x fewer)`. */
export function extractText({ notes, images, failed, interrupted, compute, seconds }: ExtractReport): string {
  const unit = images === 0 ? 'notes' : notes === 0 ? 'images' : 'documents';
  const rate = seconds > 0 ? `${short((notes + images) / seconds)} ${unit}/s` : '';
  const parts = [...(notes > 0 || images === 0 ? [counted(notes, 'note')] : []), ...(images > 0 ? [counted(images, 'image')] : [])];
  return [
    `${interrupted ? 'interrupted after ' : ''}${parts.join(', ')} in ${duration(seconds)}`,
    rate,
    `${failed} failed`,
    layersSaved(compute),
  ]
    .filter(Boolean)
    .join(', ');
}

/** Which precision a measurement chose, and why. */
export const precisionText = ({ precision, fp32Ms, int8Ms }: PrecisionChoice): string =>
  `precision ${precision}: a batch takes ${short(fp32Ms)} ms in fp32, ${short(int8Ms)} ms in int8`;
