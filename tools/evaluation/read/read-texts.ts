import { EpeeError } from '@epee/errors';
import { bareNote, type ExtractionResult } from '@epee/records';
import { createExtractor, type RunRows } from '@epee/text';
import type { TextPortion } from './task-reading.ts';
import type { WantedText } from './wanted-texts.ts';

/**
 * Reads texts as `epee extract` does, with `run` in place of the engine.
 * @returns one result per text, in their order
 * @throws EpeeError of the first text that cannot be read, with its place in front
 */
export async function readTexts({ texts, reading }: TextPortion, run: RunRows): Promise<ExtractionResult[]> {
  const { answers, tokenizer, mode, modelTasks } = reading;
  const { model } = answers;
  const part = { ...model, tasks: model.tasks.filter(({ name }) => modelTasks.includes(name)) };
  const extractor = createExtractor({ model: part, tokenizer, run, nowMs: () => 0 });
  const results = await extractor.extract(texts.map(noteOf), { policyName: 'full', mode });
  return results.map((result, at) => {
    if (result instanceof EpeeError) throw placed(texts[at]!.where, result);
    return result;
  });
}

const noteOf = ({ id, text }: WantedText) => bareNote({ documentId: id, source: 'epee-evaluate', text });

const placed = (where: string, error: EpeeError) =>
  new EpeeError(error.code, `${where}: ${error.message}`, { stage: error.stage, details: error.details, cause: error });
