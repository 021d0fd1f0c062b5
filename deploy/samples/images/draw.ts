/**
 * Draws the sample images: `node deploy/samples/images/draw.js`. They are stand-ins for chest X-rays, made of ellipses, so that there is something to send; they show
 * nobody, and what a model says of them means nothing.
 */
import { writeFileSync } from 'node:fs';
import { encodePng } from '@epee/imaging';

const SIDE = 224;

interface Patch {
  /** Middle and radius, as shares of the image's side. */
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly light: number;
}

/** 1 in the middle of an ellipse, 0 outside, soft between. */
function ellipse(x: number, y: number, [middleX, middleY, radiusX, radiusY]: readonly [number, number, number, number]): number {
  const distance = Math.hypot((x - middleX) / radiusX, (y - middleY) / radiusY);
  return Math.min(1, Math.max(0, (1.08 - distance) / 0.16));
}

/** A light body with two dark lungs, ribs, a heart, and light patches in the lungs. */
function lightAt(x: number, y: number, patches: readonly Patch[]): number {
  const body = 0.1 + 0.6 * ellipse(x, y, [0.5, 0.6, 0.44, 0.62]);
  const lungs = Math.max(ellipse(x, y, [0.31, 0.47, 0.13, 0.29]), ellipse(x, y, [0.69, 0.47, 0.13, 0.29]));
  const rib = 0.06 * Math.max(0, Math.sin(38 * (y + 0.25 * Math.abs(x - 0.5)))) * lungs;
  const heart = 0.3 * ellipse(x, y, [0.56, 0.62, 0.13, 0.16]);
  const spine = 0.15 * ellipse(x, y, [0.5, 0.5, 0.035, 0.6]);
  const clouds = patches.reduce((sum, { x: atX, y: atY, radius, light }) => sum + light * ellipse(x, y, [atX, atY, radius, radius]), 0);
  return Math.min(1, body - 0.5 * lungs + rib + heart + spine + clouds * lungs);
}

async function draw(name: string, patches: readonly Patch[]): Promise<void> {
  const data = new Uint8Array(SIDE * SIDE);
  for (let row = 0; row < SIDE; row++) {
    for (let column = 0; column < SIDE; column++)
      data[row * SIDE + column] = Math.round(16 * lightAt((column + 0.5) / SIDE, (row + 0.5) / SIDE, patches)) * 15;
  }
  writeFileSync(new URL(`${name}.png`, import.meta.url), await encodePng({ data, width: SIDE, height: SIDE, channels: 1 }));
}

await draw('drawn-chest-1', []);
await draw('drawn-chest-2', [
  { x: 0.3, y: 0.62, radius: 0.13, light: 0.35 },
  { x: 0.7, y: 0.6, radius: 0.15, light: 0.35 },
]);
await draw('drawn-chest-3', [{ x: 0.68, y: 0.4, radius: 0.08, light: 0.3 }]);
