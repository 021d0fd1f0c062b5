import type { AnyRow, ImageInput, TaskSpec } from '@epee/model';
import { imageTokens } from '../package/manifest.ts';
import type { Manifest } from '../package/manifest-schema.ts';

/** Where a task's answers stand in the graph's outputs. */
export interface TaskLayout {
  readonly spec: TaskSpec;
  /** The value of the graph's `task` input. */
  readonly index: number;
  /** First slot and number of slots in the pooled logits; no slots for `tagging`. */
  readonly pooledOffset: number;
  readonly pooledSize: number;
  /** First group among the groups of all tagging tasks, and labels a group; no groups for pooled tasks. */
  readonly groupOffset: number;
  readonly groupSizes: readonly number[];
  /** First tag among the tags of all groups of all tagging tasks. */
  readonly tagOffset: number;
}

/** How a package's graphs lay out their outputs: tasks side by side in the manifest's order. */
export interface GraphLayout {
  readonly layers: number;
  /** Text models; 0 in image models. */
  readonly vocabulary: number;
  readonly padId: number;
  /** Image models; null in text models. */
  readonly image: ImageInput | null;
  readonly tasks: ReadonlyMap<string, TaskLayout>;
  /** Slots of the pooled logits. */
  readonly pooledWidth: number;
  /** Groups of all tagging tasks. */
  readonly groupCount: number;
  /** Tags of all groups of all tagging tasks. */
  readonly tagWidth: number;
}

/** Works out the layout of a package's graphs. */
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

/** Tokens of a row of a model, padding left out; of an image its patches and [CLS]. */
export function rowTokens(row: AnyRow, { image }: { readonly image?: ImageInput | null }): number {
  return 'tokenIds' in row ? row.tokenIds.length : imageTokens(image!);
}
