import { EpeeError } from '@epee/errors';
import type { Certificate, ExitPolicy } from '@epee/exits';

/** What calibration found for a task; null: nothing could be certified. */
export type TaskFinding = { readonly policy: ExitPolicy; readonly certificate: Certificate } | null;

/** A manifest as its file holds it: whatever the trainer wrote is kept. */
interface ManifestFile {
  readonly tasks: readonly {
    readonly name: string;
    readonly policies: Record<string, { readonly certificate?: unknown; readonly note?: unknown }>;
  }[];
}

const FULL = { entropyThreshold: 'off', patience: 'off' } as const;
const NOTE = 'Full depth: no exit policy has been certified for this task.';

/** Whether a policy of that name may be replaced: there is none, or calibration made it. */
export const isReplaceable = (policy: { readonly certificate?: unknown; readonly note?: unknown } | undefined): boolean =>
  policy === undefined || policy.certificate !== undefined || policy.note === NOTE;

/**
 * The text of a manifest with a certified policy under a name, for every task that was calibrated;
 * where nothing could be certified it is full depth, and so it is for tasks that have no policy of
 * that name, since a policy must exist in every task to be named.
 *
 * @throws EpeeError USAGE_INVALID where the name belongs to a policy that was not certified by
 *   calibration
 */
export function updatedManifest(text: string, name: string, findings: ReadonlyMap<string, TaskFinding>): string {
  const manifest = JSON.parse(text) as ManifestFile;
  for (const { name: task, policies } of manifest.tasks) {
    const old = Object.hasOwn(policies, name) ? policies[name] : undefined;
    if (!isReplaceable(old)) throw taken(name, task);
    const finding = findings.get(task);
    if (finding === undefined && old !== undefined) continue;
    policies[name] =
      finding === undefined || finding === null ? { ...FULL, note: NOTE } : { ...finding.policy, certificate: finding.certificate };
  }
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

const taken = (name: string, task: string) =>
  new EpeeError('USAGE_INVALID', `--name ${name}: task ${task} has a policy of that name that calibration did not make`, {
    stage: 'cli',
    details: { name, task },
    hint: 'Choose another name.',
  });
