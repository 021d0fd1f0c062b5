import type { AnyRow, ImageInput, TaskSpec } from '@epee/model';
import { imageTokens } from '../package/manifest.ts';
import type { Manifest } from '../package/manifest-schema.ts';

/** Position of a task's answers in the outputs of the graph. */
export interface TaskLayout {
  readonly spec: TaskSpec;
  /** The value of the graph's `task` input. */
  readonly index: number;
  /** First slot and number of slots in the pooled logits; no slots for `tagging`. */
  readonly pooledOffset: number;
  readonly pooledSize: number;
  /** First group among those of all tagging tasks, and labels per group; none for pooled tasks. */
  readonly groupOffset: number;
  readonly groupSizes: readonly number[];
  /** First tag among the tags of all groups of all tagging tasks. */
  readonly tagOffset: number;
}

/** How the graphs lay out their outputs: tasks side by side, in the order of the manifest. */
export interface GraphLayout {
  readonly layers: number;
  /** Tokens that a text model knows; 0 in image models. */
  readonly vocabulary: number;
  readonly padId: number;
  /** Input of an image model; null in text models. */
  readonly image: ImageInput | null;
  readonly tasks: ReadonlyMap<string, TaskLayout>;
  /** Slots of the pooled logits. */
  readonly pooledWidth: number;
  /** Groups of all tagging tasks. */
  readonly groupCount: number;
  /** Tags of all groups of all tagging tasks. */
  readonly tagWidth: number;
}

/** Computes the layout of a package's graphs. */
export function graphLayout({ backbone, tasks }: Manifest): GraphLayout {
  const layouts = new Map<string, TaskLayout>();
  let pooledWidth = 0;
  let groupCount = 0;
  let tagWidth = 0;
  for (const [index, spec] of tasks.entries()) {
    const groupSizes = spec.groups.map(({ labels }) => labels.length);
    const pooledSize = spec.labels.length;
    layouts.set(spec.name, {
      spec,
      index,
      pooledOffset: pooledWidth,
      pooledSize,
      groupOffset: groupCount,
      groupSizes,
      tagOffset: tagWidth,
    });
    pooledWidth += pooledSize;
    groupCount += groupSizes.length;
    tagWidth += groupSizes.reduce((sum, size) => sum + size, 0);
  }
  const input =
    backbone.family === 'vit'
      ? { vocabulary: 0, padId: 0, image: backbone.image }
      : { vocabulary: backbone.vocabulary, padId: backbone.padTokenId, image: null };
  return { layers: backbone.layers, ...input, tasks: layouts, pooledWidth, groupCount, tagWidth };
}

/** Tokens of a row without padding; of an image, its patches and [CLS]. */
export function rowTokens(row: AnyRow, { image }: { readonly image?: ImageInput | null }): number {
  return 'tokenIds' in row ? row.tokenIds.length : imageTokens(image!);
}
