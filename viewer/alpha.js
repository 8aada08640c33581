/** Alpha beside a grid (`formats/inr-v1-grid.md`, 7 and 8). */

import { adler32, unpack } from "./bytes.js";
import { FormatError } from "./errors.js";
import { common, from, sizeOf } from "./geometry.js";
import { lanczos } from "./interpolation.js";

/** @typedef {import("./geometry.js").Box} Box */
/** @typedef {import("./geometry.js").Size} Size */
/** @typedef {import("./kernels.js").Kernels} Kernels */
/** @typedef {Uint8Array | Uint16Array} Samples */

/**
 * Read a section's samples.
 * @param {Kernels} _
 * @param {{payload: Uint8Array, size: Size, bits: number}} section
 * @returns {Promise<Samples>}
 */
export async function readAlpha(_, { payload, size: [rows, columns], bits }) {
  const bytes = await unpack(payload, "deflate", (rows * columns * bits) / 8);
  // A stream ends with the sum of what it unpacks to; nothing may follow it.
  if (adler32(bytes) !== new DataView(payload.slice(-4).buffer).getUint32(0))
    throw new FormatError("alpha is followed by something");
  const samples = bits === 8 ? bytes : new Uint16Array(rows * columns);
  for (let row = 0, at = 0; row < rows; row++)
    for (let column = 0, sample = 0; column < columns; column++, at++) {
      sample += bits === 8 ? bytes[at] : bytes[2 * at] | (bytes[2 * at + 1] << 8);
      samples[at] = sample;
    }
  return samples;
}

/**
 * Alpha at the places of samples of a scale: the mean of the pixels around each, weighed as a Lanczos
 * kernel of that width weighs them.
 * @typedef {object} ReductionTask
 * @property {Samples} samples of a part of the image
 * @property {Box} part that they are
 * @property {Size} whole of the image
 * @property {number} peak
 * @property {number} scale
 * @property {Box} box of samples of that scale
 */

/**
 * @param {Kernels} _
 * @param {ReductionTask} task
 * @returns {import("./planes.js").Planes<Float32Array>}
 */
export function reduceAlpha(_, { samples, part, whole, peak, scale, box }) {
  const [size, [rows, columns]] = [sizeOf(box), sizeOf(part)];
  const taps = tapsOf(scale);
  const radius = (taps.length - 1) / 2;
  const lines = new Float32Array(rows * size[1]);
  for (let row = 0; row < rows; row++)
    for (let j = 0; j < size[1]; j++)
      for (let t = -radius; t <= radius; t++) {
        const column = clamped((box.left + j) * 2 ** scale + t, whole[1]) - part.left;
        lines[row * size[1] + j] += (taps[t + radius] * samples[row * columns + column]) / peak;
      }
  const values = new Float32Array(size[0] * size[1]);
  for (let i = 0; i < size[0]; i++)
    for (let t = -radius; t <= radius; t++) {
      const row = clamped((box.top + i) * 2 ** scale + t, whole[0]) - part.top;
      for (let j = 0; j < size[1]; j++)
        values[i * size[1] + j] += taps[t + radius] * lines[row * size[1] + j];
    }
  return { values, size };
}

/** @param {number} at @param {number} size */
const clamped = (at, size) => Math.min(Math.max(at, 0), size - 1);

/** @param {number} scale @returns {number[]} */
function tapsOf(scale) {
  if (scale === 0) return [1];
  const radius = 3 * 2 ** scale;
  const weights = Array.from({ length: 2 * radius + 1 }, (_, k) =>
    lanczos((k - radius) / 2 ** scale),
  );
  const total = weights.reduce((a, b) => a + b);
  return weights.map((weight) => weight / total);
}

export class Alpha {
  /**
   * @param {Samples} samples of all pixels
   * @param {{height: number, width: number, bits: number}} header
   * @param {import("./pool.js").Runner} runner
   */
  constructor(samples, { height, width, bits }, runner) {
    this.samples = samples;
    this.size = /** @type {Size} */ ([height, width]);
    this.peak = 2 ** bits - 1;
    this.runner = runner;
  }

  /**
   * @param {number} scale
   * @param {Box} box
   * @returns {Promise<import("./planes.js").Planes<Float32Array>>}
   */
  window(scale, box) {
    const reach = 3 * 2 ** scale;
    const [rows, columns] = this.size;
    const near = {
      ...{ top: box.top * 2 ** scale - reach, left: box.left * 2 ** scale - reach },
      ...{ bottom: box.bottom * 2 ** scale + reach, right: box.right * 2 ** scale + reach },
    };
    const part = common(near, { top: 0, left: 0, bottom: rows, right: columns });
    const { bottom, right } = from(part, part.top, part.left);
    const Kind = /** @type {new (length: number) => Samples} */ (this.samples.constructor);
    const samples = new Kind(bottom * right);
    for (let row = 0; row < bottom; row++) {
      const start = (part.top + row) * columns + part.left;
      samples.set(this.samples.subarray(start, start + right), row * right);
    }
    const task = { samples, part, whole: this.size, peak: this.peak, scale, box };
    return this.runner.run("reduceAlpha", task);
  }
}
