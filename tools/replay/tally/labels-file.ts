import { EpeeError } from '@epee/errors';
import { ADVERSE_LABELS, type EventItem, readLabelledFile } from '@epee/labelled-data';
import { adverseDocument, eventDocument, type Labels } from './labels.ts';

/**
 * Reads labels of documents, in the form that `epee evaluate` takes: lines with events, or with a
 * label that says whether the text tells of an adverse drug event. Their `id` is the document's.
 * @throws EpeeError FILE_NOT_FOUND, FILE_INVALID, TEXT_INVALID_UTF8, TEXT_TOO_LARGE, USAGE_INVALID
 */
export async function readLabels(path: string): Promise<Labels> {
  const file = await readLabelledFile(path);
  if (file.kind === 'event') {
    return {
      file: path,
      parts: ['trigger', 'main', 'sub', 'all'],
      documents: new Map(file.items.map(({ item }) => [item.id, eventDocument(goldOf(item))])),
    };
  }
  if (file.kind === 'classification' && file.items.some(({ item }) => ADVERSE_LABELS.has(item.label))) {
    return {
      file: path,
      parts: ['adverse'],
      documents: new Map(file.items.map(({ item }) => [item.id, adverseDocument(ADVERSE_LABELS.has(item.label))])),
    };
  }
  throw new EpeeError(
    'USAGE_INVALID',
    `--labels ${path}: a replay can be scored on events, or on adverse_effect and adr labels; this file has neither`,
    {
      stage: 'cli',
      details: { path, kind: file.kind },
    },
  );
}

/** Sub-arguments have a dot in their role, such as Treatment.Drug. */
function goldOf({ events }: EventItem) {
  const spans = events.flatMap(({ arguments: own }) => own.map(({ role, start, end }) => ({ label: role, start, end })));
  return {
    trigger: events.map(({ type, trigger }) => ({ label: type, start: trigger.start, end: trigger.end })),
    main: spans.filter(({ label }) => !label.includes('.')),
    sub: spans.filter(({ label }) => label.includes('.')),
  };
}
