/** Steps of a chunk after which a mortal jobs service kills itself with SIGKILL; `during-commit`: while the transaction is on its way. */
export const KILL_POINTS = ['claim', 'plan', 'intend', 'during-commit', 'commit', 'advance'] as const;

/** One of {@link KILL_POINTS}. */
export type KillPoint = (typeof KILL_POINTS)[number];
