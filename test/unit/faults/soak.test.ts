import assert from 'node:assert/strict';
import fc from 'fast-check';
import { drawKills, randomFrom, VICTIMS } from '../../faults/soak/draw.ts';
import { parseSoakOptions, type SoakOptions } from '../../faults/soak/options.ts';
import { held, reportLines, type SoakReport } from '../../faults/soak/report.ts';

const clean = { missing: [], doubled: [], foreign: [], disordered: [] };
const report = (over: Partial<SoakReport> = {}): SoakReport => ({
  seed: 7,
  kills: { worker: 50, broker: 20, redis: 20, projector: 10 },
  notes: 20_000,
  isCompared: true,
  input: 20_200,
  results: 20_200,
  deadLetters: 0,
  seconds: 754,
  atEnd: clean,
  seen: clean,
  redisDiffering: [],
  problem: null,
  ...over,
});

describe('soak', () => {
  it('draws the same kills from the same seed, as many as asked, in order, over the whole time', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1000, max: 1_200_000 }), (seed, kills, durationMs) => {
        const drawn = drawKills(seed, kills, durationMs);
        assert.deepEqual(drawKills(seed, kills, durationMs), drawn);
        assert.equal(drawn.length, kills);
        drawn.forEach(({ atMs, which }, at) => {
          assert.ok(atMs >= (drawn[at - 1]?.atMs ?? 0) && atMs <= durationMs);
          assert.ok(which >= 0 && which < 1);
        });
      }),
    );
    assert.notDeepEqual(drawKills(1, 20, 1000), drawKills(2, 20, 1000));
    const drawn = drawKills(3, 200, 1000);
    for (const victim of VICTIMS) assert.ok(drawn.some((kill) => kill.victim === victim));
  });

  it('draws evenly', () => {
    const random = randomFrom(1);
    const mean = Array.from({ length: 10_000 }, random).reduce((sum, value) => sum + value, 0) / 10_000;
    assert.ok(Math.abs(mean - 0.5) < 0.02);
  });

  it('reads its options and says what is wrong with them', () => {
    assert.equal((parseSoakOptions([], 5) as SoakOptions).seed, 5);
    assert.deepEqual(parseSoakOptions(['--kills', '3', '--minutes', '0.5', '--notes=10', '--seed', '9', '--json'], 5), {
      kills: 3,
      minutes: 0.5,
      notes: 10,
      workers: 2,
      seed: 9,
      model: null,
      json: true,
      keep: false,
    });
    assert.equal(parseSoakOptions(['--help'], 5), 'help');
    for (const args of [['--kills', '0'], ['--kills', '1.5'], ['--minutes', 'x'], ['--notes', ''], ['--unknown'], ['extra']])
      assert.ok('problem' in (parseSoakOptions(args, 5) as object), args.join(' '));
  });

  it('holds only when nothing at all was found', () => {
    assert.ok(held(report()));
    assert.match(reportLines(report()).join('\n'), /hard kills +100 .*\n.*20,000.*\n.*\n.*lost +0\n(.*\n)*HELD$/);
    const bad: Partial<SoakReport>[] = [
      { atEnd: { ...clean, missing: ['d-1@1'] } },
      { seen: { ...clean, doubled: ['d-1@1'] } },
      { atEnd: { ...clean, disordered: ['d-1@1'] } },
      { redisDiffering: ['d-1'] },
      { deadLetters: 1 },
      { problem: 'interrupted' },
      { problem: 'interrupted', isCompared: false },
    ];
    for (const over of bad) {
      assert.ok(!held(report(over)));
      assert.match(reportLines(report(over)).join('\n'), /DID NOT HOLD$/);
    }
  });
});
