import { userInfo } from 'node:os';
import type { CliConfig } from '@epee/config';

/** Name under which work is written down: EPEE_OPERATOR, or else the system account's. */
export function operatorName({ operator }: Pick<CliConfig, 'operator'>): string {
  if (operator.name !== null) return operator.name;
  try {
    return userInfo().username;
  } catch {
    // A container may run under a number without an account.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
