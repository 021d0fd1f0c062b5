import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EpeeError } from '@epee/errors';
import type { Encoding, Tokenizer } from '@epee/model';
import { Tokenizer as NativeTokenizer } from 'tokenizers';
import { z } from 'zod';
import type { ModelPackage } from '../package/package-files.ts';
import { encodingOf } from './encoding.ts';
import { specialTokenNeutraliser } from './special-tokens.ts';

/**
 * Texts per native call: for its largest batch, the library keeps memory that the garbage collector
 * does not see.
 */
const TEXTS_PER_CALL = 16;

const tokenizerFile = z.object({
  added_tokens: z.array(z.object({ content: z.string(), normalized: z.boolean().default(false) })).default([]),
});

/**
 * Opens the tokenizer of a model package (Hugging Face tokenizer.json: BERT's word pieces, ALBERT's
 * unigrams, GPT-2's bytes).
 * @throws EpeeError MODEL_INVALID where the file is no tokenizer, or disagrees with the vocabulary
 * of the manifest
 */
export async function openTokenizer({ dir, manifest }: ModelPackage): Promise<Tokenizer> {
  const { backbone, tokenizer } = manifest;
  if (backbone.family === 'vit' || tokenizer === undefined) throw invalid(dir, 'an image model has no tokenizer');
  const path = join(dir, tokenizer);
  const { native, neutralise } = await readTokenizer(path);
  const { vocabulary, clsTokenId: clsId, sepTokenId: sepId, padTokenId: padId } = backbone;
  const size = native.getVocabSize(true);
  if (size > vocabulary) throw invalid(path, `it has ${size} tokens, but the manifest's backbone.vocabulary is ${vocabulary}`);
  for (const [field, id] of Object.entries({ clsTokenId: clsId, sepTokenId: sepId, padTokenId: padId })) {
    if (native.idToToken(id) === null) throw invalid(path, `it has no token ${id}, but the manifest's backbone.${field} names it`);
  }
  const words = backbone.family === 'bert' ? 'library' : 'cut';
  native.disablePadding();
  native.disableTruncation();
  const encode = async (texts: readonly string[]): Promise<Encoding[]> => {
    const encodings: Encoding[] = [];
    for (let start = 0; start < texts.length; start += TEXTS_PER_CALL) {
      const slice = texts.slice(start, start + TEXTS_PER_CALL);
      const natives = await native.encodeBatch(slice.map(neutralise), { addSpecialTokens: false });
      encodings.push(...natives.map((encoded, index) => encodingOf(slice[index]!, encoded, words)));
    }
    return encodings;
  };
  return { clsId, sepId, padId, encode };
}

async function readTokenizer(path: string): Promise<{ native: NativeTokenizer; neutralise: (text: string) => string }> {
  try {
    const text = await readFile(path, 'utf8');
    return {
      native: NativeTokenizer.fromString(text),
      neutralise: specialTokenNeutraliser(tokenizerFile.parse(JSON.parse(text)).added_tokens),
    };
  } catch (cause) {
    throw invalid(path, 'it cannot be read as a Hugging Face tokenizer.json', cause);
  }
}

function invalid(path: string, problem: string, cause?: unknown): EpeeError {
  return new EpeeError('MODEL_INVALID', `${path} is not the tokenizer of this package: ${problem}`, {
    stage: 'config',
    cause,
    hint: 'Export the package again.',
  });
}
