import { parsePolicy } from '@epee/exits';
import { z } from 'zod';

const MAX_LABELS = 256;
const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, 'must have 1 to 64 letters, digits, ., _ or -');
const fileName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/, 'must be a plain file name without folders');
const whole = z.int().nonnegative();
const labels = z.array(z.string().min(1)).max(MAX_LABELS);

const policy = z.unknown().transform((value, context) => {
  const reading = parsePolicy(value);
  if (reading.policy !== undefined) return reading.policy;
  context.addIssue({ code: 'custom', message: reading.problem });
  return z.NEVER;
});

const relation = z.object({
  markerTokenIds: z.object({ headStart: whole, headEnd: whole, tailStart: whole, tailEnd: whole }),
  candidates: z.array(z.object({ head: z.string().min(1), tails: z.array(z.string().min(1)).min(1) })),
});

const task = z.object({
  name,
  kind: z.enum(['classification', 'tagging', 'relation', 'image']),
  maxTokens: z.int().min(3).max(65_536),
  labels,
  groups: z.array(z.object({ name, labels })),
  relation: relation.nullable(),
  headingTokens: whole.max(64).default(0),
  confidence: z.record(z.string().min(1), z.tuple([z.number().positive(), z.number()])).optional(),
  policies: z.record(name, policy),
});

const depth = { layers: z.int().min(1).max(255), hidden: z.int().min(1) };

const textBackbone = z.object({
  family: z.enum(['bert', 'albert', 'gpt2']),
  ...depth,
  vocabulary: z.int().min(1),
  padTokenId: whole,
  clsTokenId: whole,
  sepTokenId: whole,
});

const channelValues = z.array(z.number()).min(1).max(3);

const imageBackbone = z.object({
  family: z.enum(['vit']),
  ...depth,
  image: z.object({
    width: z.int().min(1).max(4096),
    height: z.int().min(1).max(4096),
    channels: z.union([z.literal(1), z.literal(3)]),
    patch: z.int().min(1),
    mean: channelValues,
    std: channelValues,
  }),
});

/**
 * The form of a model package's manifest.json. Fields that it does not name (`training`, `scores`,
 * certificates) are allowed and ignored. `manifestProblems` checks whether the fields agree.
 */
export const manifestSchema = z.object({
  formatVersion: z.literal(1),
  name,
  version: z.string().regex(/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/, 'must be a version such as 1.0.0'),
  backbone: z.discriminatedUnion('family', [textBackbone, imageBackbone]),
  tasks: z.array(task).min(1),
  graphs: z.object({ fp32: fileName, int8: fileName, sweep: fileName, plain: fileName.optional(), plainInt8: fileName.optional() }),
  /** Only text models have one. */
  tokenizer: fileName.optional(),
  files: z.record(
    fileName,
    z.object({ sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hexadecimal digits'), bytes: whole }),
  ),
});

/** The content of manifest.json, checked. */
export type Manifest = z.output<typeof manifestSchema>;

/** Sizes and token ids of a text model. */
export type TextBackbone = z.output<typeof textBackbone>;

/** Sizes and input of an image model. */
export type ImageBackbone = z.output<typeof imageBackbone>;
