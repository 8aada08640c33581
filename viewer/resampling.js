/** Samples to pixels: Lanczos interpolation between and over them (`formats/inr-v1-pixels.md`, 9). */

import { isPlain, neededOf, resample } from "./interpolation.js";
import { toPixels } from "./painting.js";
import { planesOf } from "./samples.js";

/** @typedef {import("./kernels.js").Kernels} Kernels */
/** @typedef {import("./interpolation.js").Axis} Axis */

/** Samples along both axes together that are held of a strip. */
const AT_ONCE = 1 << 20;

/**
 * Samples to be turned to pixels; axes tell which of them are outputs' own.
 * @typedef {object} SamplesTask
 * @property {import("./samples.js").Samples} samples
 * @property {number} channels alpha among them
 * @property {number} bits
 * @property {Axis[]} axes down and across
 */

/**
 * @param {Kernels} kernels
 * @param {SamplesTask} task
 * @returns {import("./image.js").Pixels}
 */
export function paintSamples(kernels, { samples, channels, bits, axes: [down, across] }) {
  const [rows, columns] = samples.size;
  const pixels = new Uint8ClampedArray(4 * down.count * across.count);
  const step = down.length / down.count;
  const together = Math.max(1, Math.floor(AT_ONCE / columns / Math.max(1, step)));
  for (let row = 0; row < down.count; row += together) {
    const count = Math.min(together, down.count - row);
    const strip = { start: down.start + row * step, length: count * step, count, first: 0 };
    const [first, last] = isPlain(strip) ? [strip.start, strip.start + count] : neededOf(strip);
    const top = Math.min(Math.max(first - down.first, 0), rows - 1);
    const bottom = Math.max(top + 1, Math.min(last - down.first, rows));
    const planes = planesOf(samples, channels, bits, top, bottom);
    const tall = resample(kernels, planes, channels, 0, { ...strip, first: down.first + top });
    const drawn = resample(kernels, tall, channels, 1, across);
    pixels.set(pixelsOf(drawn, channels), 4 * row * across.count);
  }
  return { pixels, size: [down.count, across.count] };
}

/** @param {import("./planes.js").Planes<Float32Array>} drawn @param {number} channels */
function pixelsOf(drawn, channels) {
  const { values, size } = drawn;
  const colors = channels < 3 ? 1 : 3;
  const alpha = { values: values.subarray(colors * size[0] * size[1]), size };
  return toPixels(drawn, colors, channels > colors ? alpha : null);
}
