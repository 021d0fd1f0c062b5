/** Luma weights (ITU-R BT.601), as in the trainer. Grey pixels keep their value. */
const RED = 0.299;
const GREEN = 0.587;
const BLUE = 0.114;

/** Converts interleaved colours (3 bytes per pixel) to grey (1 byte per pixel). */
export function greyOf(colours: Uint8Array): Uint8Array {
  const grey = new Uint8Array(colours.length / 3);
  for (let place = 0; place < grey.length; place++) {
    grey[place] = Math.round(RED * colours[3 * place]! + GREEN * colours[3 * place + 1]! + BLUE * colours[3 * place + 2]!);
  }
  return grey;
}
