/** Planes side by side, and boxes of them. */

import { sizeOf } from "./geometry.js";

/** @typedef {import("./geometry.js").Size} Size */
/** @typedef {import("./geometry.js").Box} Box */

/**
 * Planes of channels: (channels, rows, columns).
 * @template {Int32Array | Float32Array} Values
 * @typedef {{values: Values, size: Size}} Planes
 */

/**
 * A part of planes, as planes of its own.
 * @template {Int32Array | Float32Array} Values
 * @param {Planes<Values>} planes
 * @param {Box} box
 * @param {number} channels
 * @returns {Planes<Values>}
 */
export function cropped({ values, size: [rows, columns] }, box, channels) {
  const [height, width] = sizeOf(box);
  const Kind = /** @type {new (length: number) => Values} */ (values.constructor);
  const out = new Kind(channels * height * width);
  for (let channel = 0; channel < channels; channel++)
    for (let row = 0; row < height; row++) {
      const start = (channel * rows + box.top + row) * columns + box.left;
      out.set(values.subarray(start, start + width), (channel * height + row) * width);
    }
  return { values: out, size: [height, width] };
}
