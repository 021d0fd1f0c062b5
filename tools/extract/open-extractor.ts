import type { CliConfig } from '@epee/config';
import { createEngine, type PrecisionChoice } from '@epee/engine';
import { checkPolicy, type LoadedModel } from '@epee/model';
import { openTerminology } from '@epee/terminology-files';
import { createExtractor, type Extractor } from '@epee/text';

/** A model that reads notes, without Kafka. */
export interface OpenExtractor {
  readonly extractor: Extractor;
  readonly model: LoadedModel;
  /** Waits for what runs, then frees the model. */
  close(): Promise<void>;
}

/**
 * Loads the model package that the configuration names.
 *
 * @param onPrecision is called with what `auto` chose
 * @throws EpeeError MODEL_MISSING, MODEL_INVALID, MODEL_DIGEST_MISMATCH, MODEL_LOAD_FAILED; POLICY_UNKNOWN where a task of it lacks the policy; TERMINOLOGY_MISSING, TERMINOLOGY_INVALID
 */
export async function openExtractor(
  { engine: options, policy, noteMaxBytes, terminologyDir }: Pick<CliConfig, 'engine' | 'policy' | 'noteMaxBytes' | 'terminologyDir'>,
  onPrecision: (choice: PrecisionChoice) => void = () => undefined,
): Promise<OpenExtractor> {
  const terminology = await openTerminology(terminologyDir);
  const engine = await createEngine({ ...options, onPrecision });
  try {
    checkPolicy(engine.model, { policy, given: `--policy ${policy}`, stage: 'cli' });
  } catch (error) {
    await engine.close();
    throw error;
  }
  const extractor = createExtractor({
    model: engine.model,
    tokenizer: engine.tokenizer,
    run: (rows, followed) => engine.run(rows, followed),
    nowMs: () => Date.now(),
    maxTextBytes: noteMaxBytes,
    terminology,
  });
  return { extractor, model: engine.model, close: () => engine.close() };
}
