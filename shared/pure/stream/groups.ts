/**
 * The groups of the workers, and what each reads.
 * @param group of the notes
 */
export function workerGroups(
  group: string,
  { notes, batchNotes, images }: { readonly notes: string; readonly batchNotes?: string | undefined; readonly images?: string | undefined },
): { readonly group: string; readonly topic: string }[] {
  return [
    { group, topic: notes },
    ...(batchNotes === undefined ? [] : [{ group: `${group}-batch`, topic: batchNotes }]),
    ...(images === undefined ? [] : [{ group: `${group}-images`, topic: images }]),
  ];
}
