import assert from 'node:assert/strict';
import { createLagAge, LAG_AGE_MAX_LOOKS } from '@epee/stream';
import fc from 'fast-check';

describe('the age of the oldest unread record', () => {
  it('is that of the first look that saw it, and 0 where all is read', () => {
    const age = createLagAge();
    age.observe(10n, 100);
    age.observe(20n, 200);
    age.observe(20n, 300);
    assert.deepEqual([age.ageMs(5n, 400), age.ageMs(10n, 400), age.ageMs(20n, 400)], [300, 200, 0]);
  });

  it('begins anew with a partition that ends earlier than it did', () => {
    const age = createLagAge();
    age.observe(1000n, 0);
    age.observe(5n, 500);
    assert.equal(age.ageMs(0n, 600), 100);
  });

  it('never exceeds the true age, however many looks there were', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 * LAG_AGE_MAX_LOOKS }), fc.nat(), (looks, read) => {
        const age = createLagAge();
        for (let at = 1; at <= looks; at++) age.observe(BigInt(at), at);
        const position = read % looks;
        assert.ok(age.ageMs(BigInt(position), looks) <= looks - (position + 1));
      }),
    );
  });
});
