/**
 * Whose turn it is among users of one server. Each user that waits gets an equal share of the work, whatever the others ask for.
 *
 * Start-time fair queueing (Goyal, Vin and Cheng 1996): each user has a mark, the work done for it; whoever has the lowest is next. Who comes back begins at the mark of
 * whoever was served last, or at its own where that is higher: having been away saves up nothing, and leaving and coming back gains nothing. So a user that waits is
 * served, at the latest, when each of the others was given two of the largest works more.
 */
export interface Turns {
  /** A user begins to wait. */
  enter(user: string): void;
  /** A user has nothing left that waits. */
  leave(user: string): void;
  /** Users that wait, whoever is next first; of equals, who entered first. */
  order(): string[];
  /** The user is served first now: whoever enters from now on begins at its mark. */
  begin(user: string): void;
  /** Counts work done for a user. @param cost of the work, in any unit, above 0 */
  charge(user: string, cost: number): void;
}

/** See {@link Turns}. Deterministic; holds the users that wait, and those of the others that were given more than their share lately. */
export function createTurns(): Turns {
  /** In the order of entering. */
  const marks = new Map<string, number>();
  const waiting = new Set<string>();
  let clock = 0;
  const markOf = (user: string) => marks.get(user) ?? clock;
  return {
    enter(user) {
      if (waiting.has(user)) return;
      waiting.add(user);
      const mark = Math.max(clock, markOf(user));
      marks.delete(user);
      marks.set(user, mark);
    },
    leave: (user) => void waiting.delete(user),
    order: () => [...waiting].sort((one, other) => markOf(one) - markOf(other)),
    begin(user) {
      clock = Math.max(clock, markOf(user));
      for (const [other, mark] of marks) if (mark <= clock && !waiting.has(other)) marks.delete(other);
    },
    charge: (user, cost) => void marks.set(user, markOf(user) + cost),
  };
}
