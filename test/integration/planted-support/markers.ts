import { randomBytes } from 'node:crypto';

/** A word that stands nowhere else, for a place in a note. */
export const newMarker = (place: string): string => `Quack${place}${randomBytes(6).toString('hex')}`;

/** Forms in which a word can get somewhere: as it is, in another case, as hex, or as base64 at any of its three offsets. */
function forms(marker: string): string[] {
  const bytes = Buffer.from(marker);
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift, 'x'), bytes])
      .toString('base64')
      .slice(4, -4),
  );
  return [marker, bytes.toString('hex'), ...base64].map((form) => form.toLowerCase());
}

/** Those of the markers that occur in some bytes, in any form. */
export function markersIn(where: string | Buffer, markers: readonly string[]): string[] {
  const text = (typeof where === 'string' ? where : where.toString('latin1')).toLowerCase();
  return markers.filter((marker) => forms(marker).some((form) => text.includes(form)));
}
