import { EpeeError } from '@epee/errors';

/** IMAGE_REFERENCE_REFUSED. It never quotes the reference: paths and hosts may name a patient. */
export const refused = (message: string, cause?: unknown) =>
  new EpeeError('IMAGE_REFERENCE_REFUSED', message, {
    stage: 'decode',
    hint: 'EPEE_IMAGE_FOLDERS and EPEE_IMAGE_HOSTS list the allowed places.',
    cause,
  });

/** IMAGE_REFERENCE_MISSING. */
export const missing = (message: string, cause?: unknown) => new EpeeError('IMAGE_REFERENCE_MISSING', message, { stage: 'decode', cause });

/** IMAGE_DIGEST_MISMATCH. */
export const digestMismatch = (message: string) => new EpeeError('IMAGE_DIGEST_MISMATCH', message, { stage: 'decode' });

/** IMAGE_STORE_UNREACHABLE. */
export const unreachable = (message: string, cause?: unknown) =>
  new EpeeError('IMAGE_STORE_UNREACHABLE', message, { stage: 'decode', cause });
