/** Who asks an engine for rows: users take turns, so that one that asks for much does not delay the others. */
export interface Turn {
  /** For example a partition. */
  readonly user: string;
  /** Of one user, rows of a lower place go first, whenever they come. */
  readonly place: number;
}

/** The turn of callers that name none: all are one user. */
export const NO_TURN: Turn = Object.freeze({ user: '', place: 0 });
