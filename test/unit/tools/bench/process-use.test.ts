import assert from 'node:assert/strict';
import { parseUse, processUse } from '../../../../tools/bench/process-use.ts';

describe('use of a process', () => {
  it('is read from the fields of /proc/PID/stat, whatever the program is called', () => {
    // Fields after the name: state, ppid, pgrp, session, tty, tpgid, flags, minflt, cminflt, majflt, cmajflt, utime, stime, cutime, cstime, priority, nice,
    // threads, itrealvalue, starttime, vsize, rss.
    const stat = '77 (a ) b (c) S 1 77 77 0 -1 4194304 9 0 0 0 250 50 7 7 20 0 12 0 99 1000000 25600 18446744073709551615';
    assert.deepEqual(parseUse(stat), { cpuSeconds: 3, rssMiB: 100 });
  });

  it('is null for a process that does not exist', () => assert.equal(processUse(2 ** 30), null));
});
