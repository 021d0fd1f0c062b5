/** From code points to UTF-16 units of a text. */
export function codePointUnits(text: string): (codePoint: number) => number {
  const units = [0];
  for (const character of text) units.push(units.at(-1)! + character.length);
  return (codePoint) => units[codePoint]!;
}
