export { processSurroundings, type Surroundings } from './clock.ts';
export { type Commit, commitAndLook, commitUntilKnown, type Fate } from './commit-and-look.ts';
export { type Deadline, withDeadline } from './deadline.ts';
export { Abandoned, finishAlive, HEARTBEAT_EVERY_MS, keepAlive, type Waiting } from './keep-alive.ts';
export { type RetryOptions, retry } from './retry.ts';
