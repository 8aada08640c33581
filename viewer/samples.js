/** Samples of a part of an image, and parts side by side. */

import { common, from, isEmpty, sizeOf } from "./geometry.js";

/** @typedef {import("./geometry.js").Box} Box */
/** @typedef {import("./geometry.js").Size} Size */

/**
 * Samples (rows, columns, channels) of 8 or 16 bits.
 * @typedef {{values: Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>, size: Size}} Samples
 */

/**
 * What reads the samples of a part of an image, at its own resolution.
 * @typedef {{read: (box: Box) => Promise<Samples>}} SampleReader
 */

/**
 * @param {Size} size
 * @param {number} channels
 * @param {number} bits
 * @returns {Samples}
 */
export function emptySamples(size, channels, bits) {
  const count = size[0] * size[1] * channels;
  return { values: bits === 8 ? new Uint8Array(count) : new Uint16Array(count), size };
}

/**
 * Squares of so many pixels on a side, each of one of these pixels, cut to a size.
 * @param {Samples} samples
 * @param {number} side
 * @param {Size} size
 * @returns {Samples}
 */
export function enlarged(samples, side, size) {
  if (side === 1) return samples;
  const channels = samples.values.length / (samples.size[0] * samples.size[1]);
  const bits = 8 * samples.values.BYTES_PER_ELEMENT;
  const out = emptySamples(size, channels, bits);
  const [rows, columns] = size;
  let at = 0;
  for (let row = 0; row < rows; row++) {
    const above = Math.floor(row / side) * samples.size[1];
    for (let column = 0; column < columns; column++) {
      const source = (above + Math.floor(column / side)) * channels;
      for (let c = 0; c < channels; c++) out.values[at++] = samples.values[source + c];
    }
  }
  return out;
}

/**
 * The samples of a box, of the pieces that cover it.
 * @param {Box} box
 * @param {{color: number, bits: number}} image
 * @param {{covered: Box, found: Promise<Samples>}[]} pieces
 * @returns {Promise<Samples>}
 */
export async function gathered(box, { color, bits }, pieces) {
  const out = emptySamples(sizeOf(box), color, bits);
  const copy = async (/** @type {typeof pieces[0]} */ { covered, found }) => {
    const { values, size } = await found;
    const part = common(covered, box);
    if (isEmpty(part)) return;
    const [there, here] = [from(part, covered.top, covered.left), from(part, box.top, box.left)];
    for (let row = 0; row < there.bottom - there.top; row++) {
      const start = (there.top + row) * size[1];
      const line = values.subarray((start + there.left) * color, (start + there.right) * color);
      out.values.set(line, ((here.top + row) * out.size[1] + here.left) * color);
    }
  };
  await Promise.all(pieces.map(copy));
  return out;
}

/**
 * Rows of samples as planes of channels, from 0 to 1.
 * @param {Samples} samples
 * @param {number} channels
 * @param {number} bits
 * @param {number} top
 * @param {number} bottom
 * @returns {import("./planes.js").Planes<Float32Array>}
 */
export function planesOf({ values, size: [, columns] }, channels, bits, top, bottom) {
  const count = (bottom - top) * columns;
  const planes = new Float32Array(channels * count);
  const peak = 2 ** bits - 1;
  for (let channel = 0; channel < channels; channel++)
    for (let k = 0, at = top * columns * channels + channel; k < count; k++, at += channels)
      planes[channel * count + k] = values[at] / peak;
  return { values: planes, size: [bottom - top, columns] };
}
