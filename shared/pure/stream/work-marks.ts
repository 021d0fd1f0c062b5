/**
 * What a worker leaves beside each offset that it commits (as the offset's metadata), so that whoever takes the partition over knows whether a process died at work
 * on the records behind it. Written before those records are decoded.
 */
export interface WorkMark {
  /** Whether its writer continued to work behind the offset. Where that writer is gone and nothing newer is there, it died at work, or was cut off. */
  readonly isOpen: boolean;
  /** The process that wrote it, a random name. */
  readonly owner: string;
  /** Most records, from the offset on, that are in flight at a time. */
  readonly inFlight: number;
  /** See {@link Suspicion}; its step is `inFlight`. */
  readonly suspects: number;
  readonly crashes: number;
}

/** Which records of a partition may be the kind that ends the process. */
export interface Suspicion {
  /** Records, from the committed offset on, that must be worked on in small steps. */
  readonly suspects: number;
  /** Records of a step; 1: alone, with nothing else in the process. 0 where nothing is suspected. */
  readonly step: number;
  /** Times that a process died with the first of them alone in flight. */
  readonly crashes: number;
}

/** Nothing is suspected. */
export const NO_SUSPICION: Suspicion = Object.freeze({ suspects: 0, step: 0, crashes: 0 });

/** Records of a step after a crash with more in flight. A kill from outside, which is the usual crash, then costs few small transactions; a second crash goes down to 1. */
export const CAREFUL_STEP = 8;

const FORM = /^epee\/1 (open|closed) ([A-Za-z0-9-]{1,64}) (\d{1,6}) (\d{1,6}) (\d{1,6})$/;

/** The mark as text of ASCII letters, at most 100: `epee/1 open OWNER IN-FLIGHT SUSPECTS CRASHES`. */
export function formatWorkMark({ isOpen, owner, inFlight, suspects, crashes }: WorkMark): string {
  return `epee/1 ${isOpen ? 'open' : 'closed'} ${owner} ${inFlight} ${suspects} ${crashes}`;
}

/** Reads a mark; `null` where there is none, or one of an unknown form: other tools may write an offset's metadata too. */
export function parseWorkMark(metadata: string): WorkMark | null {
  const [, state, owner, ...counts] = FORM.exec(metadata) ?? [];
  if (owner === undefined) return null;
  const [inFlight, suspects, crashes] = counts.map(Number);
  return { isOpen: state === 'open', owner, inFlight: inFlight!, suspects: suspects!, crashes: crashes! };
}

/**
 * What to suspect on taking a partition over, from the mark beside its committed offset. An open mark of another process is a crash: of several records in flight each
 * is a suspect, in smaller steps than before; a record that was alone in flight is blamed once more.
 * @param me this process' name: it is alive, so its own marks mean no crash
 */
export function suspicionAfter(mark: WorkMark | null, me: string): Suspicion {
  if (mark === null) return NO_SUSPICION;
  const { isOpen, owner, inFlight, suspects, crashes } = mark;
  if (!isOpen || owner === me) return suspects === 0 ? NO_SUSPICION : { suspects, step: inFlight, crashes };
  if (inFlight === 1) return { suspects: Math.max(1, suspects), step: 1, crashes: crashes + 1 };
  return { suspects: inFlight, step: inFlight > CAREFUL_STEP ? CAREFUL_STEP : 1, crashes: 0 };
}

/** What is still suspected after `records` more have been committed. */
export function suspicionBehind(suspicion: Suspicion, records: number): Suspicion {
  const { suspects, step } = suspicion;
  if (records === 0) return suspicion;
  return records >= suspects ? NO_SUSPICION : { suspects: suspects - records, step, crashes: 0 };
}
