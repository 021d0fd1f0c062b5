import type { ComputeUse } from '@epee/records';
import type { Origin } from '../run/headers.ts';
import type { RowUse } from '../run/row-use.ts';
import type { FoundItems } from './items.ts';

/** What a variant made of a record. */
export type VariantAnswer =
  | { readonly kind: 'result'; readonly items: FoundItems; readonly compute: ComputeUse; readonly rows: RowUse }
  | { readonly kind: 'failure'; readonly code: string };

/** A record of the replayed range with every variant's answer. */
export interface ReplayedDocument {
  /** Null where no variant could read it. */
  readonly documentId: string | null;
  readonly origin: Origin;
  readonly answers: ReadonlyMap<string, VariantAnswer>;
}
