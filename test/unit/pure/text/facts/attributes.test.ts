import assert from 'node:assert/strict';
import { attachAttributes } from '../../../../../shared/pure/text/facts/attributes.ts';
import { readMarked } from './marked.ts';

/** A text of one sentence per line, and its pairs: `head<attribute`. */
const CASES: readonly (readonly [string, string])[] = [
  [
    '{m|Lisinopril} {d|10 mg} {r|PO} {f|daily}, {m|metformin} {d|500 mg} {f|BID}',
    'Lisinopril<10 mg Lisinopril<PO Lisinopril<daily metformin<500 mg metformin<BID',
  ],
  ['{t|BP} {v|142/86}, {t|HR} {v|88}', 'BP<142/86 HR<88'],
  ['{d|2 puffs} of {m|albuterol} {f|q4h}', 'albuterol<2 puffs albuterol<q4h'],
  ['injected with {d|1%} {m|lidocaine} and {d|0.25%} {m|bupivacaine}', 'lidocaine<1% bupivacaine<0.25%'],
  ['{v|Negative} {t|Lachman}', 'Lachman<Negative'],
  ['{p|Pain} and {p|swelling} of the {a|left knee}', 'Pain<left knee swelling<left knee'],
  ['{p|Headache} is {s|severe}, {n|for 3 days}', 'Headache<severe Headache<for 3 days'],
  ['{o|Stenting} of the {a|LAD} {w|in 2019}', 'Stenting<LAD Stenting<in 2019'],
  ['{m|Furosemide}\n{d|40 mg} {f|daily}', 'Furosemide<40 mg Furosemide<daily'],
  ['Follow up {w|in 2 weeks}', ''],
];

describe('attributes and their heads', () => {
  for (const [marked, expected] of CASES) {
    it(marked.replaceAll('\n', ' / '), () => {
      const { text, spans } = readMarked(marked);
      const lines = [...text.matchAll(/[^\n]+/g)].map(({ index, 0: line }) => ({ start: index, end: index + line.length }));
      const words = (index: number) => text.slice(spans[index]!.start, spans[index]!.end);
      const pairs = attachAttributes(text, lines, spans);
      assert.equal(
        pairs
          .map(({ head, tail }) => `${words(head)}<${words(tail)}`)
          .sort()
          .join(' '),
        expected
          .split(/ (?=\w+<)/)
          .sort()
          .join(' '),
      );
      for (const { label, tail } of pairs) assert.equal(label, `has_${spans[tail]!.label}`);
    });
  }
});
