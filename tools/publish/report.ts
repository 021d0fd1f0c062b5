import { counted, duration, short } from '@epee/terminal';

/** What came of it. */
export interface PublishReport {
  readonly topic: string;
  /** Notes. */
  readonly published: number;
  readonly imagesTopic: string;
  readonly images: number;
  /** Of the images, those that their events refer to. */
  readonly referred: number;
  /** Rows and images that are not on a topic. */
  readonly failed: number;
  readonly seconds: number;
}

/** The totals in a line, and what the worker needs to read images that events refer to. */
export function publishText(report: PublishReport): string {
  const { published, images, referred, failed, seconds } = report;
  const rate = seconds > 0 ? `, ${short((published + images) / seconds)} ${images === 0 ? 'notes' : 'documents'}/s` : '';
  const totals = `${onTopicsText(report)} in ${duration(seconds)}${rate}, ${failed} failed`;
  if (referred === 0) return totals;
  return `${totals}\n${counted(referred, 'image')} of over 512 KiB as file: references.\nThe worker must allow their folder in EPEE_IMAGE_FOLDERS.`;
}

/** `2 notes on epee.notes.v1, 3 images on epee.images.v1`; what there is none of is left out. */
export function onTopicsText({ published, topic, images, imagesTopic }: PublishReport): string {
  const parts = [
    ...(published > 0 || images === 0 ? [`${counted(published, 'note')} on ${topic}`] : []),
    ...(images > 0 ? [`${counted(images, 'image')} on ${imagesTopic}`] : []),
  ];
  return parts.join(', ');
}
