import { z } from 'zod';

const offset = z.string().regex(/^\d{1,19}$/);

const variantSchema = z.object({
  /** A, B, ... */
  id: z.string().regex(/^[A-Z]$/),
  policy: z.string(),
  /** Absolute path of the model package. */
  modelDir: z.string(),
  model: z.object({ name: z.string(), version: z.string(), sha256: z.string(), layers: z.int() }),
});

const rangeSchema = z.object({ partition: z.int().min(0), from: offset, to: offset });

const endsSchema = z.array(z.object({ partition: z.int(), offset }));

const planSchema = z.object({
  formatVersion: z.literal(1),
  id: z.string(),
  createdAt: z.string(),
  /** Null until the run is finished. */
  finishedAt: z.string().nullable(),
  topic: z.string(),
  /** Offsets that are replayed, `to` exclusive. */
  ranges: z.array(rangeSchema),
  variants: z.array(variantSchema).min(1),
  precision: z.enum(['fp32', 'int8']),
  /** Group whose committed offsets say how far the run is. It has no members. */
  group: z.string(),
  /**
   * Topic of what it finds, and where that topic's partitions ended before the run began and, once
   * it is finished, when it ended.
   */
  replays: z.object({ topic: z.string(), from: endsSchema, to: endsSchema.nullable() }),
});

/** A run as the topic of runs holds it: all that is needed to resume it and to report on it. */
export type ReplayPlan = z.output<typeof planSchema>;

/** One variant of a run: a model package under a policy. */
export type PlannedVariant = z.output<typeof variantSchema>;

/** A run, and how far it has come. */
export interface ListedRun extends ReplayPlan {
  /** Offsets that are done; null where Kafka no longer keeps that. */
  readonly doneOffsets: number | null;
  /** All offsets of the run. */
  readonly offsets: number;
}

/** The record's value. */
export const planToValue = (plan: ReplayPlan): Buffer => Buffer.from(JSON.stringify(plan));

/** A plan from a record's value; null where it is none that this release can read. */
export function planFromValue(value: Buffer | null): ReplayPlan | null {
  if (value === null) return null;
  try {
    const parsed = planSchema.safeParse(JSON.parse(value.toString('utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** Offsets between a plan's beginnings and ends, which is at least the number of its records. */
export const plannedOffsets = ({ ranges }: Pick<ReplayPlan, 'ranges'>): number =>
  ranges.reduce((sum, { from, to }) => sum + Number(BigInt(to) - BigInt(from)), 0);
