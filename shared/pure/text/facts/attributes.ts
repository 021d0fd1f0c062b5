import type { Range } from '../cut/lines.ts';
import { ATTRIBUTE_COSTS, type AttributeCosts } from './attribute-costs.ts';
import { type AttributeLabel, type FactSpan, isAttribute, isHead } from './types.ts';

/** An attribute and the mention that it belongs to, by their places among the spans given. */
export interface Attachment {
  /** `has_dose`, `has_value`, ... */
  readonly label: `has_${AttributeLabel}`;
  readonly head: number;
  readonly tail: number;
  /** Cost of the pair: 0 where nothing stands between the two. */
  readonly cost: number;
}

/** Words between an attribute and its head that hardly part them. */
const SMALL =
  /^(?:of|is|was|are|were|be|been|to|at|in|on|for|the|a|an|his|her|with|from|by|over|about|approximately|that|has|had|as|currently|and|or|who|which|now|still|again|one|x|per|around|up)$/;
const SMALL_COST = 0.3;
const LINK = /^\s*(?:,|\/|&|\+|and|or|as well as|,\s*and|,\s*or|and\/or)\s*(?:the|a|an|some|his|her|any)?\s*$/i;

/**
 * Gives each dose, route, frequency, duration, value, severity, anatomy and time to its head: the medication, test, problem or procedure that is nearest by
 * words, punctuation and what stands between them, in its sentence or the one before (a dose on a line of its own).
 *
 * @param sentences ranges of the note's sentences, in order
 * @param spans the note's mentions and attributes, in order
 * @returns in order of the attributes
 */
export function attachAttributes(text: string, sentences: readonly Range[], spans: readonly FactSpan[]): Attachment[] {
  const sentenceOf = spans.map(({ start }) => sentences.findIndex((range) => start >= range.start && start < range.end));
  return spans.flatMap((span, tail) => {
    if (!isAttribute(span.label) || sentenceOf[tail]! < 0) return [];
    const costs = ATTRIBUTE_COSTS[span.label];
    const sides = ([-1, 1] as const).map((step) => nearestHead({ text, spans, sentenceOf, tail, step, costs }));
    const best = sides[1]!.cost < sides[0]!.cost ? sides[1]! : sides[0]!;
    if (best.cost > costs.most) return [];
    const heads = costs.shared ? listOf(text, spans, best.head, tail) : [best.head];
    const label = `has_${span.label}` as const;
    return heads.map((head) => ({ label, head, tail, cost: best.cost }));
  });
}

interface Walk {
  readonly text: string;
  readonly spans: readonly FactSpan[];
  readonly sentenceOf: readonly number[];
  readonly tail: number;
  /** -1: heads before the attribute; 1: heads behind it. */
  readonly step: -1 | 1;
  readonly costs: AttributeCosts;
}

/** The cheapest head on one side of an attribute; an endless cost where there is none. */
function nearestHead({ text, spans, sentenceOf, tail, step, costs }: Walk): { head: number; cost: number } {
  let best = { head: -1, cost: Number.POSITIVE_INFINITY };
  let words = step < 0 || isApart(text, spans, tail) ? 0 : costs.headAfter;
  const crossed = new Map<string, number>();
  let heads = 0;
  for (let next = tail + step; next >= 0 && next < spans.length && words <= costs.most; next += step) {
    const back = sentenceOf[tail]! - sentenceOf[next]!;
    if (sentenceOf[next]! < 0 || back > 1 || back < 0) break;
    const [left, right] = step < 0 ? [spans[next]!, spans[next + 1]!] : [spans[next - 1]!, spans[next]!];
    words += gapCost(text.slice(left.end, right.start), costs);
    const { label } = spans[next]!;
    if (!isHead(label)) {
      if (label === spans[tail]!.label) words += costs.overAttribute;
      continue;
    }
    const same = crossed.get(label) ?? 0;
    const base = costs.heads[label];
    if (base !== undefined) {
      const over = same * costs.overSame + (heads - same) * costs.overOther;
      const cost = base + words + over + (back === 1 ? costs.sentenceBefore : 0);
      if (cost < best.cost) best = { head: next, cost };
    }
    crossed.set(label, same + 1);
    heads += 1;
  }
  return best;
}

/** Whether words part an attribute from the span before it, and none but "of" from the one behind: "with 0.5 cc of lidocaine". */
function isApart(text: string, spans: readonly FactSpan[], tail: number): boolean {
  const [before, span, after] = [spans[tail - 1], spans[tail]!, spans[tail + 1]];
  if (after === undefined || !/^\s*(?:of\s+)?$/.test(text.slice(span.end, after.start))) return false;
  return before === undefined || /[\p{L},;.]/u.test(text.slice(before.end, span.start));
}

function gapCost(gap: string, costs: AttributeCosts): number {
  let cost = 0;
  for (const [part] of gap.matchAll(/[\p{L}\p{N}'’]+|[,;.|\n]|\s[-–—]\s/gu)) {
    if (part === ',') cost += costs.comma;
    else if (part === '|') cost += 1;
    else if (/^[;.\n]$|^\s/.test(part)) cost += costs.stop;
    else cost += SMALL.test(part.toLowerCase()) ? SMALL_COST : 1;
  }
  return cost;
}

/** The heads of the list in which a head stands, on the side away from the attribute: "pain and swelling of the knee". */
function listOf(text: string, spans: readonly FactSpan[], head: number, tail: number): number[] {
  const heads = [head];
  const step = head < tail ? -1 : 1;
  let last = head;
  for (let next = head + step; next >= 0 && next < spans.length; next += step) {
    if (spans[next]!.label !== spans[head]!.label) break;
    const [left, right] = step < 0 ? [spans[next]!, spans[last]!] : [spans[last]!, spans[next]!];
    if (!LINK.test(text.slice(left.end, right.start))) break;
    heads.push(next);
    last = next;
  }
  return heads;
}
