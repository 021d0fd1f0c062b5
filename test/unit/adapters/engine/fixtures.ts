import { type ExitPolicy, FULL_DEPTH } from '@epee/exits';
import type { Row } from '@epee/model';
import { type GraphLayout, graphLayout } from '../../../../shared/adapters/engine/graph/layout.ts';
import { type Manifest, manifestSchema } from '../../../../shared/adapters/engine/package/manifest-schema.ts';

const SHA = 'ab'.repeat(32);

/** A manifest of three tasks as plain data, for tests to change. */
export function manifestData() {
  return {
    formatVersion: 1,
    name: 'tiny',
    version: '1.2.3',
    backbone: {
      family: 'bert',
      layers: 3,
      hidden: 16,
      heads: 2,
      vocabulary: 50,
      padTokenId: 0,
      clsTokenId: 2,
      sepTokenId: 3,
      lowerCase: true,
    },
    tasks: [
      {
        name: 'sections',
        kind: 'classification',
        maxTokens: 8,
        labels: ['plan', 'history', 'other'],
        groups: [] as { name: string; labels: string[] }[],
        relation: null as object | null,
        policies: { full: { entropyThreshold: 'off', patience: 'off' }, fast: { entropyThreshold: 0.2, patience: 2 } } as Record<
          string,
          object
        >,
      },
      {
        name: 'events',
        kind: 'tagging',
        maxTokens: 12,
        labels: [] as string[],
        groups: [
          { name: 'trigger', labels: ['O', 'B-Adverse_event', 'I-Adverse_event'] },
          { name: 'main', labels: ['O', 'B-Effect', 'I-Effect', 'B-Drug', 'I-Drug'] },
        ],
        relation: null as object | null,
        policies: { full: { entropyThreshold: 'off', patience: 'off' } } as Record<string, object>,
      },
      {
        name: 'relations',
        kind: 'relation',
        maxTokens: 16,
        labels: ['none', 'adverse_effect'],
        groups: [] as { name: string; labels: string[] }[],
        relation: {
          markerTokenIds: { headStart: 4, headEnd: 5, tailStart: 6, tailEnd: 7 },
          candidates: [{ head: 'Drug', tails: ['Effect'] }],
        } as object | null,
        policies: { full: { entropyThreshold: 'off', patience: 'off' } } as Record<string, object>,
      },
    ],
    graphs: { fp32: 'exit.fp32.onnx', int8: 'exit.int8.onnx', sweep: 'sweep.fp32.onnx' },
    tokenizer: 'tokenizer.json',
    files: {
      'exit.fp32.onnx': { sha256: SHA, bytes: 1 },
      'exit.int8.onnx': { sha256: SHA, bytes: 1 },
      'sweep.fp32.onnx': { sha256: SHA, bytes: 1 },
      'weights.bin': { sha256: SHA, bytes: 1 },
      'tokenizer.json': { sha256: SHA, bytes: 1 },
    } as Record<string, { sha256: string; bytes: number }>,
    training: { base: 'none' },
  };
}

/** The manifest of {@link manifestData}, read. */
export const manifest: Manifest = manifestSchema.parse(manifestData());

/** Its layout: pooled width 5, 2 groups, tag width 8. */
export const layout: GraphLayout = graphLayout(manifest);

/** A valid row of `sections`. */
export function sectionRow(id: string, tokens = 4): Row {
  return { id, task: 'sections', tokenIds: Int32Array.from({ length: tokens }, (_, index) => 2 + index) };
}

/** A valid row of `events`: every token but the ends starts a word. */
export function eventRow(id: string, tokens = 4): Row {
  const wordMask = Uint8Array.from({ length: tokens }, (_, index) => (index === 0 || index === tokens - 1 ? 0 : 1));
  return { id, task: 'events', tokenIds: new Int32Array(tokens).fill(9), wordMask };
}

/** A valid row of `relations`. */
export function relationRow(id: string, markers: readonly [number, number] = [1, 3]): Row {
  return { id, task: 'relations', tokenIds: Int32Array.of(2, 4, 5, 6, 7, 3), markers };
}

/** A row with its policy. */
export function packed(row: Row, policy: ExitPolicy = FULL_DEPTH) {
  return { row, policy, queueMs: 0 };
}
