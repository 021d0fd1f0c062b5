import type { Span } from '../../../../shared/pure/text/read/tags.ts';

/** A span over words, as the tagger might have found it. */
export function span(label: string, firstWord: number, endWord = firstWord + 1, group = 'sub'): Span {
  return { group, label, firstWord, endWord, confidence: 0.9, exitLayer: 4, exitReason: 'entropy' };
}
