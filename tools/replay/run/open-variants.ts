import type { CliConfig } from '@epee/config';
import { createEngine, type LoadedEngine } from '@epee/engine';
import type { EpeeError } from '@epee/errors';
import { checkPolicy } from '@epee/model';
import type { ExtractionResult } from '@epee/records';
import { openTerminology } from '@epee/terminology-files';
import { createExtractor, type ExtractorParts, type NoteToRead } from '@epee/text';
import type { PlannedVariant } from '../plan/plan.ts';
import type { VariantRequest } from '../plan/variants.ts';
import { addRowUse, type RowUse } from './row-use.ts';

/** What a variant answered for a note, and what the note's rows cost. */
export interface VariantOutcome {
  readonly outcome: ExtractionResult | EpeeError;
  readonly rows: RowUse;
}

/** A variant with its model loaded. */
export interface OpenVariant extends PlannedVariant {
  /** One answer per note, in their order. Rejects only when none can be worked on. */
  extract(notes: readonly NoteToRead[]): Promise<VariantOutcome[]>;
}

/** The variants of a run, with the models that they share. */
export interface OpenVariants {
  readonly variants: readonly OpenVariant[];
  readonly precision: 'fp32' | 'int8';
  close(): Promise<void>;
}

/**
 * Arithmetic of all variants: they are compared, also with those of a run that is resumed
 * elsewhere, so none may choose for itself.
 */
const comparedPrecision = ({ precision }: Pick<CliConfig['engine'], 'precision'>): 'fp32' | 'int8' =>
  precision === 'auto' ? 'fp32' : precision;

/**
 * Loads each model once and checks that it has the policies; the engine's threads are shared out
 * over the models.
 * @throws EpeeError MODEL_MISSING, MODEL_INVALID, MODEL_DIGEST_MISMATCH, MODEL_LOAD_FAILED,
 *   POLICY_UNKNOWN
 */
export async function openVariants(
  requests: readonly VariantRequest[],
  { engine: options, noteMaxBytes, terminologyDir }: Pick<CliConfig, 'engine' | 'noteMaxBytes' | 'terminologyDir'>,
): Promise<OpenVariants> {
  const terminology = await openTerminology(terminologyDir);
  const dirs = [...new Set(requests.map(({ modelDir }) => modelDir))];
  const threads = Math.max(1, Math.floor(options.threads / dirs.length));
  const engines = new Map<string, LoadedEngine>();
  const precision = comparedPrecision(options);
  const close = async () => void (await Promise.all([...engines.values()].map((engine) => engine.close())));
  try {
    for (const modelDir of dirs) engines.set(modelDir, await createEngine({ ...options, precision, modelDir, threads }));
    for (const { policy, modelDir } of requests) {
      checkPolicy(engines.get(modelDir)!.model, { policy, given: `--policy ${policy.slice(0, 64)}`, stage: 'cli' });
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    variants: requests.map((request) => openVariant(request, engines.get(request.modelDir)!, { maxTextBytes: noteMaxBytes, terminology })),
    precision,
    close,
  };
}

function openVariant(
  request: VariantRequest,
  { model, tokenizer, run }: LoadedEngine,
  parts: Pick<ExtractorParts, 'maxTextBytes' | 'terminology'>,
): OpenVariant {
  const { name, version, sha256, layers } = model;
  return {
    ...request,
    model: { name, version, sha256, layers },
    async extract(notes) {
      const rows = new Map<number, RowUse>();
      // One extractor per call: rows name their note by its place in the call.
      const extractor = createExtractor({
        model,
        tokenizer,
        ...parts,
        nowMs: () => Date.now(),
        run: async (asked, policy) => {
          const outcomes = await run(asked, policy);
          addRowUse(asked, outcomes, rows);
          return outcomes;
        },
      });
      const outcomes = notes.length === 0 ? [] : await extractor.extract(notes, { policyName: request.policy });
      return outcomes.map((outcome, at) => ({ outcome, rows: rows.get(at) ?? {} }));
    },
  };
}
